import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { type AsyncInstrumentationConfig, environmentName, OPTIONS } from '../../../src/config/options.js';
import { resolveOptions } from '../../../src/config/resolve.js';

afterEach(() => diag.disable());

test('without code and environment each option has its default, and no default is refused', () => {
  const resolved: Readonly<Record<string, unknown>> = resolveOptions({}, {});
  for (const [path, option] of Object.entries(OPTIONS))
    assert.deepEqual(resolved[path], option.default, path);
  for (const [path, option] of Object.entries(OPTIONS)) {
    if (option.default === undefined) continue;
    assert.doesNotThrow(() => resolveOptions(nested(path, option.default), {}), path);
  }
});

test('an environment name is the path in capitals', () => {
  assert.equal(environmentName('debug'), 'OTEL_NODE_ASYNC_DEBUG');
  assert.equal(environmentName('slowCallbackMs'), 'OTEL_NODE_ASYNC_SLOW_CALLBACK_MS');
  assert.equal(environmentName('spans.minDurationMs'), 'OTEL_NODE_ASYNC_SPANS_MIN_DURATION_MS');
  const names = Object.keys(OPTIONS).map(environmentName);
  assert.equal(new Set(names).size, names.length, 'two options share a variable');
});

test('code beats environment beats default', () => {
  const env = { OTEL_NODE_ASYNC_SLOW_CALLBACK_MS: '70', OTEL_NODE_ASYNC_SPANS_MAX_PER_TRACE: ' 12 ' };
  assert.equal(resolveOptions({}, {}).slowCallbackMs, 100);
  assert.equal(resolveOptions({}, env).slowCallbackMs, 70);
  assert.equal(resolveOptions({ slowCallbackMs: 30 }, env).slowCallbackMs, 30);
  assert.equal(resolveOptions({ spans: { minDurationMs: 9 } }, env)['spans.maxPerTrace'], 12);
  assert.equal(resolveOptions({ slowCallbackMs: undefined }, env).slowCallbackMs, 70);
});

test('the environment speaks of every type', () => {
  const read = (variable: string, value: string) =>
    resolveOptions({}, { [`OTEL_NODE_ASYNC_${variable}`]: value }) as Readonly<Record<string, unknown>>;
  for (const word of ['1', 'true', 'TRUE', 'on', 'yes']) assert.equal(read('DEBUG', word).debug, true, word);
  for (const word of ['0', 'false', 'off', 'No']) assert.equal(read('ENABLED', word).enabled, false, word);
  assert.equal(read('OVERHEAD_BUDGET', '0.5').overheadBudget, 0.5);
  assert.equal(read('ERRORS_AS', 'span')['errors.as'], 'span');
  assert.deepEqual(read('SPANS_LIBRARIES', 'fastify, undici,')['spans.libraries'], ['fastify', 'undici']);
  assert.equal(read('DEBUG', '  ').debug, false, 'empty is not given');
});

const REFUSED: readonly [config: unknown, error: typeof TypeError | typeof RangeError, message: RegExp][] = [
  [{ slowCallbackMs: '50' }, TypeError, /`slowCallbackMs` must be a number from 1 to 600000, not "50"/],
  [{ slowCallbackMs: 0 }, RangeError, /`slowCallbackMs` must be a number from 1 to 600000, not 0/],
  [{ slowCallbackMs: Number.NaN }, TypeError, /`slowCallbackMs`.*not NaN/],
  [{ blockedLoopMs: Number.POSITIVE_INFINITY }, RangeError, /`blockedLoopMs`.*not Infinity/],
  [
    { spans: { maxPerTrace: 1.5 } },
    RangeError,
    /`spans.maxPerTrace` must be an integer from 0 to 10000, not 1.5/,
  ],
  [{ spans: { maxPerTrace: 5n } }, TypeError, /`spans.maxPerTrace`.*not 5/],
  [{ spans: false }, TypeError, /`spans` must be an object, not false/],
  [{ spans: null }, TypeError, /`spans` must be an object, not null/],
  [
    { spans: { libraries: 'fastify' } },
    TypeError,
    /`spans.libraries` must be an array of strings, not "fastify"/,
  ],
  [{ debug: 1 }, TypeError, /`debug` must be true or false, not 1/],
  [{ debug: Symbol('x') }, TypeError, /`debug` must be true or false, not Symbol\(x\)/],
  [{ debug: null }, TypeError, /`debug` must be true or false, not null/],
  [{ errors: { as: 'metric' } }, RangeError, /`errors.as` must be `log` or `span` or `both`, not "metric"/],
  [{ errors: { ignore: [/Abort/] } }, TypeError, /`errors.ignore` must be error names and predicates/],
  [{ redact: 'yes' }, TypeError, /`redact` must be a function, not "yes"/],
  [{ crashExporter: 'http://x' }, TypeError, /`crashExporter` must be an object/],
  [{ slowCallbackms: 5 }, TypeError, /no option `slowCallbackms`.*slowCallbackMs/],
  [{ spans: { max: 5 } }, TypeError, /no option `spans.max`/],
  [{ 'spans.max': 5 }, TypeError, /no option `spans.max`/],
  [{ constructor: 5 }, TypeError, /no option `constructor`/],
  [{ spans: { toString: 5 } }, TypeError, /no option `spans.toString`/],
  [null, TypeError, /must be an object, not null/],
  ['debug', TypeError, /must be an object, not "debug"/],
];

test('a bad value in code is refused with option, value and what is allowed', () => {
  for (const [config, error, message] of REFUSED) {
    assert.throws(
      () => resolveOptions(config as AsyncInstrumentationConfig, {}),
      (thrown: Error) => {
        assert.equal(thrown.constructor, error, thrown.message);
        assert.match(thrown.message, message);
        return true;
      },
    );
  }
});

test('a bad value in the environment is warned of once, with variable, value and what is allowed', () => {
  const warnings: string[] = [];
  diag.setLogger(recorder(warnings), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const env = {
    OTEL_NODE_ASYNC_SLOW_CALLBACK_MS: 'soon',
    OTEL_NODE_ASYNC_BLOCKED_LOOP_MS: '1',
    OTEL_NODE_ASYNC_ERRORS_AS: 'metric',
    OTEL_NODE_ASYNC_DEBUG: 'perhaps',
  };
  for (let again = 0; again < 3; again++) {
    const options = resolveOptions({}, env);
    assert.equal(options.slowCallbackMs, 100);
    assert.equal(options.blockedLoopMs, 200);
    assert.equal(options['errors.as'], 'both');
    assert.equal(options.debug, false);
  }
  assert.equal(warnings.length, 4, warnings.join('\n'));
  const about = (variable: string) => warnings.find((warning) => warning.includes(variable)) ?? '';
  assert.match(about('SLOW_CALLBACK_MS'), /"soon".*a number from 1 to 600000/);
  assert.match(about('BLOCKED_LOOP_MS'), /"1".*a number from 20 to 600000/);
  assert.match(about('ERRORS_AS'), /"metric".*`log` or `span` or `both`/);
  assert.match(about('DEBUG'), /"perhaps".*true or false/);
});

test('a value that code overrides is not complained about', () => {
  const warnings: string[] = [];
  diag.setLogger(recorder(warnings), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  resolveOptions({ syncIoMs: 30 }, { OTEL_NODE_ASYNC_SYNC_IO_MS: 'never' });
  assert.deepEqual(warnings, []);
});

function nested(path: string, value: unknown): AsyncInstrumentationConfig {
  const [head, inner] = path.split('.') as [string, string | undefined];
  return (
    inner === undefined ? { [head]: value } : { [head]: { [inner]: value } }
  ) as AsyncInstrumentationConfig;
}

function recorder(warnings: string[]): DiagLogger {
  const warn = (...parts: unknown[]) => void warnings.push(parts.join(' '));
  const silent = () => {};
  return { error: warn, warn, info: silent, debug: silent, verbose: silent };
}
