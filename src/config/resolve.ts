import { process } from '../base/process.js';
import { remark } from '../base/remarks.js';
import {
  type AsyncInstrumentationConfig,
  environmentName,
  OPTIONS,
  type OptionPath,
  type ResolvedOptions,
} from './options.js';

const PATHS = Object.keys(OPTIONS) as OptionPath[];
const GROUPS = new Set(
  PATHS.filter((path) => path.includes('.')).map((path) => path.split('.')[0] as string),
);

/**
 * Code beats environment beats default.
 *
 * @throws TypeError naming option, value and what is allowed, when a value in `config` is of the wrong type.
 * @throws RangeError likewise, when it is out of range. Bad environment values are told of once and ignored.
 */
export function resolveOptions(
  config: AsyncInstrumentationConfig = {},
  env: NodeJS.ProcessEnv = process.env,
): ResolvedOptions {
  const given = flatten(config);
  const resolved: Record<string, unknown> = {};
  for (const path of PATHS) {
    const code = given.get(path);
    if (code !== undefined) {
      const problem = problemWith(path, code);
      if (problem !== undefined) throw problem;
      resolved[path] = code;
    } else {
      resolved[path] = fromEnvironment(path, env) ?? OPTIONS[path].default;
    }
  }
  return Object.freeze(resolved) as unknown as ResolvedOptions;
}

function flatten(config: AsyncInstrumentationConfig): Map<string, unknown> {
  if (config === null || typeof config !== 'object') {
    throw new TypeError(`The configuration must be an object, not ${show(config)}.`);
  }
  const flat = new Map<string, unknown>();
  for (const [key, value] of Object.entries(config)) {
    if (GROUPS.has(key) && !Object.hasOwn(OPTIONS, key)) {
      if (value === undefined) continue;
      if (value === null || typeof value !== 'object') {
        throw new TypeError(`Option \`${key}\` must be an object, not ${show(value)}.`);
      }
      for (const [inner, innerValue] of Object.entries(value)) known(`${key}.${inner}`, innerValue, flat);
    } else {
      known(key, value, flat);
    }
  }
  return flat;
}

function known(path: string, value: unknown, flat: Map<string, unknown>): void {
  if (!Object.hasOwn(OPTIONS, path)) {
    throw new TypeError(`There is no option \`${path}\`. The options are: ${PATHS.join(', ')}.`);
  }
  flat.set(path, value);
}

function problemWith(path: OptionPath, value: unknown): Error | undefined {
  const option = OPTIONS[path];
  const wrong = (allowed: string) =>
    new TypeError(`Option \`${path}\` must be ${allowed}, not ${show(value)}.`);
  switch (option.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrong('true or false');
    case 'number': {
      const { min = -Infinity, max = Infinity, integer = false } = option;
      const allowed = `${integer ? 'an integer' : 'a number'} from ${min} to ${max}`;
      if (typeof value !== 'number' || Number.isNaN(value)) return wrong(allowed);
      if (value < min || value > max || (integer && !Number.isInteger(value))) {
        return new RangeError(`Option \`${path}\` must be ${allowed}, not ${show(value)}.`);
      }
      return undefined;
    }
    case 'string':
      if (typeof value !== 'string') return wrong(option.values ? oneOf(option.values) : 'a string');
      if (option.values && !option.values.includes(value)) {
        return new RangeError(`Option \`${path}\` must be ${oneOf(option.values)}, not ${show(value)}.`);
      }
      return undefined;
    case 'strings': {
      if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
        return wrong(option.values ? `an array of ${oneOf(option.values)}` : 'an array of strings');
      }
      const stranger = value.find((item) => option.values?.includes(item) === false);
      return stranger === undefined
        ? undefined
        : new RangeError(`Option \`${path}\` may hold ${oneOf(option.values ?? [])}, not ${show(stranger)}.`);
    }
    case 'function':
      return typeof value === 'function' ? undefined : wrong('a function');
    case 'object':
      return typeof value === 'object' && value !== null ? undefined : wrong('an object');
    case 'ignore':
      return [value].flat().every((item) => typeof item === 'string' || typeof item === 'function')
        ? undefined
        : wrong('error names and predicates');
  }
}

function fromEnvironment(path: OptionPath, env: NodeJS.ProcessEnv): unknown {
  const option = OPTIONS[path];
  if (option.env === false) return undefined;
  const name = environmentName(path);
  const text = env[name]?.trim();
  if (text === undefined || text === '') return undefined;
  const value = parse(option.type, text);
  // what cannot be read is shown as it was written
  const problem = problemWith(path, value ?? text);
  if (problem === undefined) return value;
  remark(
    `environment ${name}`,
    `${name}=${JSON.stringify(text)} is ignored: ${problem.message.replace(`Option \`${path}\``, 'it')}`,
  );
  return undefined;
}

function parse(type: string, text: string): unknown {
  switch (type) {
    case 'boolean':
      if (/^(1|true|on|yes)$/i.test(text)) return true;
      return /^(0|false|off|no)$/i.test(text) ? false : undefined;
    case 'number':
      return Number.isNaN(Number(text)) ? undefined : Number(text);
    case 'strings':
    case 'ignore':
      if (text === 'none') return [];
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    default:
      return text;
  }
}

function oneOf(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(' or ');
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
