import * as workerThreads from 'node:worker_threads';
import { metrics } from '@opentelemetry/api';
import { attempt } from '../base/guard.js';
import { SIGNALS, type Signal, text } from '../config/otlp-target.js';
import { resolveOptions } from '../config/resolve.js';
import { startSdkOption } from '../config/start-sdk.js';
import { AsyncInstrumentation } from '../instrumentation.js';
import { Instrumentations } from './instrumentations.js';
import { notice } from './notice.js';
import { RunningSdk } from './running-sdk.js';
import { registeredSignals } from './step-aside.js';

const ONCE = Symbol.for('opentelemetry-instrumentation-async.register');

/** Runs once a thread, whatever the number of `--import`, `--require` and copies of the package. Never throws. */
export function register(): void {
  try {
    const holder = globalThis as Record<symbol, unknown>;
    if (holder[ONCE] !== undefined) return;
    Object.defineProperty(holder, ONCE, { value: true });
    if (isWanted()) start();
  } catch (error) {
    notice('register', `could not start (please report this): ${(error as Error)?.stack ?? String(error)}`);
  }
}

function isWanted(): boolean {
  if ((workerThreads as { isInternalThread?: boolean }).isInternalThread === true) return false;
  if (text(process.env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return false;
  // `NODE_OPTIONS` reaches npm and its like as well, which start the application as a child
  if (/[\\/]node_modules[\\/](npm|pnpm|yarn|corepack)[\\/]/.test(process.argv[1] ?? '')) return false;
  return resolveOptions().enabled;
}

function start(): void {
  const choice = startSdkOption();
  let instrumentation: AsyncInstrumentation | undefined;
  let others: Instrumentations | undefined;
  const registered = registeredSignals();
  if (choice !== 'false' && !registered.includes('traces')) {
    const signals: Signal[] = SIGNALS.filter((signal) => !registered.includes(signal));
    const sdk = attempt('starting the SDK', () =>
      RunningSdk.start(signals, choice === 'auto', (parts) => {
        if (parts.includes('traces')) others?.remove();
        // the instrumentation ignores the argument, which is the global provider, and looks all of them up anew
        instrumentation?.setMeterProvider(metrics.getMeterProvider());
      }),
    );
    if (sdk) others = attempt('instrumentations', () => new Instrumentations(sdk.search));
  }
  instrumentation = new AsyncInstrumentation();
}
