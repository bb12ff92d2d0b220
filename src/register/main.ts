import * as workerThreads from 'node:worker_threads';
import { metrics } from '@opentelemetry/api';
import { attempt } from '../base/guard.js';
import { process } from '../base/process.js';
import { remarkThrough } from '../base/remarks.js';
import { SIGNALS, text } from '../config/otlp-target.js';
import { resolveOptions } from '../config/resolve.js';
import { startSdkOption } from '../config/start-sdk.js';
import { AsyncInstrumentation } from '../instrumentation.js';
import { watchRegistrations } from '../telemetry/api-registration.js';
import { apiCopies } from './api-copies.js';
import { bringsItsOwn } from './foreseen-sdk.js';
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
    remarkThrough(notice);
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
  const registered = registeredSignals();
  let others: Instrumentations | undefined;
  const sdk =
    choice === 'false' || registered.includes('traces') || (choice === 'auto' && bringsItsOwn())
      ? undefined
      : attempt('starting the SDK', () =>
          RunningSdk.start(
            SIGNALS.filter((signal) => !registered.includes(signal)),
            (parts) => {
              if (parts.includes('traces')) others?.remove();
            },
          ),
        );
  if (sdk) others = attempt('instrumentations', () => new Instrumentations(sdk.search));
  const instrumentation = new AsyncInstrumentation();
  const { apis, logsApis } = apiCopies(sdk ? [sdk.search] : []);
  watchRegistrations(
    {
      before: (part, value) => {
        if (part === 'diag') sdk?.registration.releaseDiag();
        else if (choice === 'auto') sdk?.registration.handOver(part, value);
      },
      // the argument is the global provider, which is looked up anyway: this makes it look now
      after: () => instrumentation.setMeterProvider(metrics.getMeterProvider()),
    },
    [...apis, ...logsApis.map((logs) => ({ logs }))],
  );
}
