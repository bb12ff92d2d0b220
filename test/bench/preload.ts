/** `--import`ed by every benchmarked process: starts the SDK where asked for, then what the mode says. */
import { Session } from 'node:inspector';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BARE, OURS, type PEERS } from './modes.js';

const { BENCH_MODE: mode = BARE, BENCH_PEERS: peers = '', BENCH_SDK, BENCH_RATIO } = process.env;

const START_PEER: Readonly<Record<(typeof PEERS)[number], () => unknown>> = {
  'runtime-node': async () => {
    const { RuntimeNodeInstrumentation } = await import('@opentelemetry/instrumentation-runtime-node');
    const { MeterProvider } = await import('@opentelemetry/sdk-metrics');
    new RuntimeNodeInstrumentation().setMeterProvider(new MeterProvider());
  },
  '@sentry/node-native': () => {
    const require = createRequire(join(peers, 'package.json'));
    const { init } = require('@sentry/node');
    const { eventLoopBlockIntegration } = require('@sentry/node-native');
    init({
      dsn: 'http://key@127.0.0.1:9/1',
      defaultIntegrations: false,
      skipOpenTelemetrySetup: true,
      integrations: [eventLoopBlockIntegration({ threshold: 1_000 })],
    });
  },
  "V8's async stacks": () => {
    const session = new Session();
    session.connect();
    session.post('Debugger.enable');
    session.post('Debugger.setAsyncCallStackDepth', { maxDepth: 32 });
  },
  trace: () => createRequire(join(peers, 'package.json'))('trace'),
  'blocked-at': () => createRequire(join(peers, 'package.json'))('blocked-at')(() => {}),
};

if (BENCH_SDK) (await import('./sdk.js')).startSdk(Number(BENCH_RATIO));
const config = OURS[mode];
if (config !== undefined) {
  // what is shipped: the sidecar's program is not among what the tests compile
  const shipped = new URL('../../../dist/index.js', import.meta.url).href;
  const { AsyncInstrumentation } = (await import(shipped)) as typeof import('../../src/index.js');
  new AsyncInstrumentation(config);
} else if (mode !== BARE) await START_PEER[mode as (typeof PEERS)[number]]();
