import { createRequire, syncBuiltinESMExports } from 'node:module';
import { process } from '../base/process.js';
import { list } from '../config/otlp-target.js';
import type { PackageSearch } from './package-search.js';

/**
 * The instrumentations installed in the application, which begin the traces that task spans belong to.
 *
 * They are loaded apart. Their base package hooks `require` as soon as the first one is constructed, and whatever is
 * required from then on is unseen by those constructed later from the same copy: an application that brings its own
 * instrumentations would get no HTTP spans from them.
 */

interface Instrumentation {
  instrumentationName: string;
  disable(): void;
  /** Of its base class: the modules it looks for, with what it found. */
  _modules?: { moduleExports?: unknown }[];
}

interface AutoModule {
  getNodeAutoInstrumentations(configuration: object): Instrumentation[];
}

type Class = new () => Instrumentation;

const AUTO = '@opentelemetry/auto-instrumentations-node';
const SINGLE: readonly [name: string, className: string][] = [
  ['http', 'HttpInstrumentation'],
  ['undici', 'UndiciInstrumentation'],
];

const APART = /[\\/]node_modules[\\/](@opentelemetry[\\/](auto-)?instrumentation|require-in-the-middle[\\/])/;

/** Loaded already by the SDK itself, so they cannot be taken back; our own task spans show the same. */
const LEFT_OUT = { enabled: false };
const AUTO_CONFIGURATION = {
  '@opentelemetry/instrumentation-dns': LEFT_OUT,
  '@opentelemetry/instrumentation-net': LEFT_OUT,
  '@opentelemetry/instrumentation-fs': LEFT_OUT,
};

const HTTP = '@opentelemetry/instrumentation-http';

type Patched = { __unwrap?: () => void };

export class Instrumentations {
  readonly #list: Instrumentation[];
  readonly #http: { owner: Record<string, Patched>; name: string; patched: Patched }[] = [];

  constructor(search: PackageSearch) {
    const auto = search.loadApart<AutoModule>(AUTO, APART);
    this.#list = auto ? auto.getNodeAutoInstrumentations(AUTO_CONFIGURATION) : single(search);
    if (this.#list.some((one) => one.instrumentationName === HTTP)) this.#patchHttp();
  }

  /**
   * For an application that brings its own SDK: its instrumentations may already have replaced ours in the same
   * functions, and `disable` would take out whatever is there.
   */
  remove(): void {
    for (const { owner, name, patched } of this.#http) {
      if (owner[name] === patched) patched.__unwrap?.();
    }
    syncBuiltinESMExports();
    for (const one of this.#list) if (!hasPatched(one)) one.disable();
  }

  /**
   * The instrumentation patches `node:http` when it is required; who imports it would be missed, and names imported
   * one by one see the patch only after a sync.
   */
  #patchHttp(): void {
    const require = createRequire(import.meta.url);
    for (const id of ['node:http', 'node:https']) {
      const module = require(id) as Record<string, Patched> & {
        Server: { prototype: Record<string, Patched> };
      };
      this.#note(module, 'request');
      this.#note(module, 'get');
      this.#note(module.Server.prototype, 'emit');
    }
    syncBuiltinESMExports();
  }

  #note(owner: Record<string, Patched>, name: string): void {
    const patched = owner[name];
    if (typeof patched?.__unwrap === 'function') this.#http.push({ owner, name, patched });
  }
}

function hasPatched(one: Instrumentation): boolean {
  return one._modules?.some((module) => module.moduleExports !== undefined) ?? false;
}

function single(search: PackageSearch): Instrumentation[] {
  const enabled = list(process.env, 'OTEL_NODE_ENABLED_INSTRUMENTATIONS');
  const disabled = list(process.env, 'OTEL_NODE_DISABLED_INSTRUMENTATIONS') ?? [];
  return SINGLE.flatMap(([name, className]) => {
    if (disabled.includes(name) || (enabled && !enabled.includes(name))) return [];
    const module = search.loadApart<Record<string, Class>>(`@opentelemetry/instrumentation-${name}`, APART);
    const Instrumentation = module?.[className];
    return Instrumentation ? [new Instrumentation()] : [];
  });
}
