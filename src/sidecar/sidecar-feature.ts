import inspector from 'node:inspector';
import { isMainThread } from 'node:worker_threads';
import { warnOnce } from '../base/guard.js';
import type { ResolvedOptions } from '../config/options.js';
import type { Feature, FeatureEnvironment, RunningFeature } from '../feature.js';
import type { Stop } from '../types.js';
import { BlockedHistogram } from './blocked-histogram.js';
import { installCapture } from './capture.js';
import { CrashSignals } from './crash-signals.js';
import { exportConfig } from './export-config.js';
import { observeGc } from './gc-time.js';
import { LastDelivery } from './last-delivery.js';
import type { EndedBlock, FromWorker } from './protocol.js';
import { askRights } from './rights.js';
import { createMemory, PROCESS, type SharedMemory } from './shared-memory.js';
import {
  followWorkers,
  inheritedMemory,
  publishMemory,
  unwatchThisThread,
  watchThisThread,
} from './watched-thread.js';
import { WorkerThread } from './worker-thread.js';

/** The sidecar: one worker thread in the process, started by the main thread; other threads are watched by it. */
export const sidecar: Feature = {
  name: 'sidecar',
  wants: (options) => options['watchdog.enabled'],
  start: (environment) => (isMainThread ? new MainSide(environment) : joinSidecar(environment)),
};

/** A worker thread of the application's only lets itself be watched. */
function joinSidecar({ options, otel, tasks }: FeatureEnvironment): RunningFeature {
  const memory = inheritedMemory();
  const heartbeat = memory && watchThisThread(memory, options['eventLoop.probeIntervalMs']);
  if (!heartbeat) return { stop() {} };
  const stops = [
    installCapture(heartbeat, otel, tasks),
    observeGc((ms) => heartbeat.addGcMs(ms)),
    followWorkers(heartbeat.memory),
    () => unwatchThisThread(heartbeat),
  ];
  const stop = () => {
    process.off('exit', stop);
    for (const end of stops.splice(0)) end();
  };
  process.on('exit', stop);
  return { stop };
}

/** One memory for the process: threads that were started while the sidecar ran keep it. */
let memory: SharedMemory | undefined;

const SESSION_CLOSES_WITHIN_MS = 50;

class MainSide implements RunningFeature {
  readonly #stops: Stop[] = [];
  readonly #histogram: BlockedHistogram;
  #worker: WorkerThread | undefined;
  #delivery: LastDelivery | undefined;
  #signals: CrashSignals | undefined;
  #options: ResolvedOptions;
  #configured = false;
  #told = '';

  constructor(private readonly environment: FeatureEnvironment) {
    this.#options = environment.options;
    this.#histogram = new BlockedHistogram(environment.otel);
    try {
      this.#start();
    } catch (error) {
      this.#off((error as Error).message);
    }
  }

  #start(): void {
    const rights = askRights();
    if (!rights.mayStartWorkers) throw new Error('the permission model forbids it: add --allow-worker');
    memory ??= createMemory();
    const { words } = memory;
    this.#setThreshold();
    Atomics.store(words, PROCESS.EXITING, 0);
    this.#watchDebugger(memory);
    if (!rights.mayInspect) {
      warnOnce(
        'sidecar inspector',
        'blocks of the loop are reported without a stack: the permission model forbids it',
      );
    }
    const heartbeat = watchThisThread(memory, this.#options['eventLoop.probeIntervalMs']);
    if (heartbeat === undefined) throw new Error('too many threads');
    publishMemory(memory);
    this.#stops.push(
      () => publishMemory(undefined),
      () => unwatchThisThread(heartbeat),
      installCapture(heartbeat, this.environment.otel, this.environment.tasks, () => this.#signals?.disarm()),
      observeGc((ms) => heartbeat.addGcMs(ms)),
      followWorkers(memory),
      this.environment.onSlowTick(() => this.#tick()),
    );
    this.#worker = new WorkerThread(
      { memory, mayInspect: rights.mayInspect },
      (message) => this.#received(message),
      (reason) => this.#off(reason),
    );
    if (!this.#worker.alive) return;
    this.#delivery = new LastDelivery(
      this.environment,
      memory,
      this.#worker,
      () => ({ timeoutMs: this.#options.crashFlushTimeoutMs, keeps: Boolean(this.#options.crashFile) }),
      () => {
        this.#closeSession();
        this.#configure();
      },
    );
    this.#signals = new CrashSignals(
      () => this.#delivery?.deliver(),
      () =>
        this.#worker?.ready === true &&
        this.#configured &&
        rights.mayInspect &&
        inspector.url() === undefined,
    );
    this.#signals.signals = this.#options.crashSignals;
  }

  stop(): void {
    this.#signals?.stop();
    this.#delivery?.stop();
    this.#worker?.stop();
    for (const stop of this.#stops.splice(0)) stop();
    this.#histogram.stop();
  }

  update(options: ResolvedOptions): void {
    this.#options = options;
    this.#setThreshold();
    if (this.#signals) this.#signals.signals = options.crashSignals;
    this.#configure();
  }

  providersChanged(): void {
    this.#delivery?.providersChanged();
    this.#configure();
  }

  #setThreshold(): void {
    if (memory) Atomics.store(memory.words, PROCESS.BLOCKED_LOOP_MS, this.#options.blockedLoopMs);
  }

  #received(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.#told = '';
        this.#configure();
        break;
      case 'note':
        warnOnce(`sidecar ${message.text}`, message.text);
        break;
      case 'block':
        this.#blockEnded(message.block);
    }
  }

  #blockEnded(block: EndedBlock): void {
    if (!block.startup) this.#histogram.record(block);
    if (block.record !== undefined) this.environment.emit(block.record);
  }

  /** An SDK may be started at any time, and says nothing. */
  #tick(): void {
    if (memory) this.#watchDebugger(memory);
    if (!this.#configured) this.providersChanged();
    this.#signals?.arm();
  }

  #configure(): void {
    if (this.#worker?.alive !== true) return;
    const config = exportConfig(this.#options, this.environment.otel);
    this.#configured = config !== undefined;
    const text = JSON.stringify(config) ?? '';
    if (text === this.#told) return;
    this.#told = text;
    for (const problem of config?.destinations.problems ?? []) warnOnce(`sidecar ${problem}`, problem);
    this.#worker.post({ type: 'config', config });
  }

  /** A program that stands at a breakpoint is not blocked by itself. */
  #watchDebugger({ words }: SharedMemory): void {
    Atomics.store(words, PROCESS.DEBUGGER, inspector.url() === undefined ? 0 : 1);
  }

  /** A session that is open at exit would make Node print a message: the sidecar closes it first. */
  #closeSession(): void {
    if (memory === undefined) return;
    Atomics.store(memory.words, PROCESS.EXITING, 1);
    if (Atomics.load(memory.words, PROCESS.SESSION_OPEN) === 1) {
      Atomics.wait(memory.words, PROCESS.SESSION_OPEN, 1, SESSION_CLOSES_WITHIN_MS);
    }
  }

  #off(reason: string): void {
    warnOnce('sidecar off', `no sidecar, so blocked loops and crashes are not reported: ${reason}`);
    this.stop();
  }
}
