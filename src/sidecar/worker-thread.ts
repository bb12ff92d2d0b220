import { Worker } from 'node:worker_threads';
import { outside } from '../base/outside.js';
import { asSelf } from '../base/self.js';
import { timers } from '../base/timers.js';
import { SCOPE } from '../semconv.js';
import { INTERNALS } from './internals.js';
import { type FromWorker, LET_GO_MS, type ToWorker, type WorkerStart } from './protocol.js';
import { leaveNothingOpen } from './shared-memory.js';

/** A worker that dies is started again after so long; when it has died as often as this, it stays off. */
const RESTART_AFTER_MS = [500, 5_000, 30_000];
const HEAP_LIMIT_MB = 48;
/** One that does not say that it has stopped is terminated all the same. */
const STOPS_WITHIN_MS = 10_000;

/**
 * The worker's file stands beside this one. In a bundle this is another file, and a `worker.js` beside it would be the
 * application's own.
 */
function workerUrl(): URL {
  const here: string | undefined = import.meta.url;
  if (!here?.endsWith('/sidecar/worker-thread.js')) {
    throw new Error(`it cannot be started from a bundle: keep ${SCOPE} out of it, as an external package`);
  }
  return new URL('./worker.js', here);
}

/** Keeps one worker running, within bounds. Nothing of it keeps the process alive, nothing of it throws. */
export class WorkerThread {
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #deaths = 0;
  #stopped = false;
  #ready = false;
  #lastError: unknown;
  #execArgv: string[] = [INTERNALS];

  constructor(
    private readonly data: Omit<WorkerStart, 'again'>,
    private readonly received: (message: FromWorker) => void,
    /** Once, with the reason, when it is off for good. */
    private readonly gaveUp: (reason: string) => void,
    private readonly restartAfterMs: readonly number[] = RESTART_AFTER_MS,
  ) {
    this.#start();
  }

  get ready(): boolean {
    return this.#ready;
  }

  get alive(): boolean {
    return this.#worker !== undefined;
  }

  /** Without a worker it goes nowhere. */
  post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  stop(): void {
    this.#stopped = true;
    timers.clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = undefined;
    this.#ready = false;
    if (worker === undefined) return;
    worker.postMessage({ type: 'stop' } satisfies ToWorker);
    terminateIn(worker, STOPS_WITHIN_MS);
  }

  #start(): void {
    try {
      asSelf(() => outside(() => this.#spawn()));
    } catch (error) {
      if (
        (error as NodeJS.ErrnoException).code === 'ERR_WORKER_INVALID_EXEC_ARGV' &&
        this.#execArgv.length > 0
      ) {
        // something like Node: without signals then
        this.#execArgv = [];
        this.#start();
      } else {
        // no such file in a bundle, no memory, no threads left
        this.#giveUp(error);
      }
    }
  }

  #spawn(): void {
    const worker = new Worker(workerUrl(), {
      name: 'otel-async sidecar',
      workerData: { ...this.data, again: this.#deaths > 0 } satisfies WorkerStart,
      // the application's preloads and its NODE_OPTIONS would run in it again, us among them
      execArgv: this.#execArgv,
      env: {},
      stdin: false,
      // or Node opens the application's streams to pipe them there, and throws the errors of those that it had ignored
      stdout: true,
      stderr: true,
      trackUnmanagedFds: false,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
    });
    leaveNothingOpen(this.data.memory);
    this.#worker = worker;
    worker.on('message', (message: FromWorker) => {
      if (this.#worker !== worker) {
        if (message.type === 'stopped') terminateIn(worker, LET_GO_MS);
        return;
      }
      if (message.type === 'ready') this.#ready = true;
      this.received(message);
    });
    worker.on('error', (error) => {
      this.#lastError = error;
    });
    worker.on('exit', () => this.#ended(worker));
    // last: a listener for messages makes it hold the process again
    worker.unref();
  }

  #ended(worker: Worker): void {
    if (this.#worker !== worker || this.#stopped) return;
    this.#worker = undefined;
    const neverRan = !this.#ready;
    this.#ready = false;
    leaveNothingOpen(this.data.memory);
    const delay = this.restartAfterMs[this.#deaths++];
    if (delay === undefined || neverRan) this.#giveUp(this.#lastError ?? 'it ended');
    else this.#timer = timers.setTimeout(() => this.#start(), delay).unref();
  }

  #giveUp(error: unknown): void {
    this.#stopped = true;
    this.gaveUp(error instanceof Error ? error.message : String(error));
  }
}

function terminateIn(worker: Worker, ms: number): void {
  const terminate = () => void worker.terminate().catch(() => {});
  asSelf(() => outside(() => timers.setTimeout(terminate, ms).unref()));
}
