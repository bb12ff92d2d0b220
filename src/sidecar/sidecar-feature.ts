import { isMainThread } from 'node:worker_threads';
import { attempt, warnOnce } from '../base/guard.js';
import { asSelf } from '../base/self.js';
import { resolveDestinations } from '../config/export-destination.js';
import type { ResolvedOptions } from '../config/options.js';
import type { Feature, FeatureEnvironment, RunningFeature } from '../feature.js';
import type { Stop } from '../types.js';
import { lackOfAddressSpace } from './address-space.js';
import { BlockedHistogram } from './blocks/blocked-histogram.js';
import { installCapture } from './blocks/capture.js';
import { observeGc } from './blocks/gc-time.js';
import { exportConfig, resourceSettles } from './delivery/export-config.js';
import { exporterNotice } from './delivery/exporter-notice.js';
import { LastDelivery } from './delivery/last-delivery.js';
import type { EndedBlock, FromWorker, LastWords } from './protocol.js';
import { askRights } from './rights.js';
import { closeSession, createMemory, PROCESS, type SharedMemory } from './shared-memory.js';
import { CrashSignals } from './signals/crash-signals.js';
import { blockingStdio } from './signals/stdio-flags.js';
import { ThreadSide } from './thread-side.js';
import { followWorkers, publishMemory, unwatchThisThread, watchThisThread } from './watched-thread.js';
import { WorkerThread } from './worker-thread.js';

/** The sidecar: one worker thread in the process, started by the main thread; other threads are watched by it. */
export const sidecar: Feature = {
  name: 'sidecar',
  wants: (options) => options['watchdog.enabled'],
  start: (environment) => (isMainThread ? new MainSide(environment) : new ThreadSide(environment)),
};

/** One memory for the process: threads that were started while the sidecar ran keep it. */
let memory: SharedMemory | undefined;

class MainSide implements RunningFeature {
  readonly #stops: Stop[] = [];
  readonly #histogram: BlockedHistogram;
  #worker: WorkerThread | undefined;
  #delivery: LastDelivery | undefined;
  #signals: CrashSignals | undefined;
  #options: ResolvedOptions;
  #configured = false;
  /** Once: one that never settles is not asked again and again. */
  #followsResource = false;
  #told = '';
  #named = 0;
  #stopSharing: Stop | undefined;
  #ownHand: typeof import('./delivery/own-hand.js') | undefined;

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
    const lack = lackOfAddressSpace();
    if (lack !== undefined) throw new Error(lack);
    memory ??= createMemory();
    const { words } = memory;
    this.#share();
    Atomics.store(words, PROCESS.EXITING, 0);
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
      installCapture(heartbeat, this.environment.otel, this.environment.tasks),
      observeGc((ms) => heartbeat.addGcMs(ms)),
      followWorkers(memory),
      this.environment.onSlowTick(() => this.#tick()),
    );
    this.#worker = new WorkerThread(
      { memory, mayInspect: rights.mayInspect, blockingStdio: blockingStdio() },
      (message) => this.#received(message),
      (reason) => this.#off(reason),
    );
    if (!this.#worker.alive) return;
    this.#shareFlight();
    this.#offerPulse(heartbeat.row);
    this.#delivery = new LastDelivery(this.environment, memory, {
      ends: 'process',
      wire: this.#worker,
      doneWord: PROCESS.HANDED_OVER,
      timeoutMs: () => this.#options.crashFlushTimeoutMs,
      keeps: () => Boolean(this.#options.crashFile),
      keepOwnWords: (words) => this.#keepOwnWords(words),
      beforehand: () => {
        if (memory) closeSession(memory);
        this.#configure();
      },
    });
    this.#signals = new CrashSignals(memory, {
      post: (message) => this.#worker?.post(message),
      deliver: () => {
        this.#configure();
        this.#delivery?.deliver();
      },
      mayHold: () =>
        this.#worker?.ready === true && this.#configured && this.#options.crashFlushTimeoutMs > 0,
    });
    this.#signals.signals = this.#options.crashSignals;
  }

  stop(): void {
    this.#signals?.stop();
    this.#delivery?.stop();
    this.#stopSharing?.();
    this.#worker?.stop();
    for (const stop of this.#stops.splice(0)) stop();
    this.#histogram.stop();
  }

  update(options: ResolvedOptions): void {
    this.#options = options;
    this.#share();
    if (this.#signals) this.#signals.signals = options.crashSignals;
    this.#configure();
  }

  providersChanged(): void {
    this.#delivery?.providersChanged();
    this.#configure();
  }

  /** Options that the sidecar reads. */
  #share(): void {
    if (memory === undefined) return;
    Atomics.store(memory.words, PROCESS.BLOCKED_LOOP_MS, this.#options.blockedLoopMs);
    Atomics.store(memory.words, PROCESS.CRASH_FLUSH_MS, this.#options.crashFlushTimeoutMs);
  }

  #received(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.#told = '';
        this.#configure();
        this.#shareFlight();
        this.#signals?.sidecarStarted();
        this.#signals?.arm();
        break;
      case 'note':
        warnOnce(`sidecar ${message.text}`, message.text);
        break;
      case 'block':
        this.#blockEnded(message.block);
        break;
      case 'signal':
        this.#signals?.surrender();
        break;
      case 'no-signals':
        this.#signals?.refused(message.reason);
    }
  }

  /** At once, since the loop may be blocked when the worker is ready; and again for each that takes its place. */
  #shareFlight(): void {
    this.#stopSharing?.();
    this.#stopSharing = this.environment.flight.onMemory((shared, seconds) =>
      this.#worker?.post({ type: 'flight', memory: shared, seconds }),
    );
  }

  /** For floods of calls by compiled functions. */
  #offerPulse(row: number): void {
    const { tasks } = this.environment;
    tasks.setPulse({ ask: (words) => this.#worker?.post({ type: 'pulse', row, words }) });
    this.#stops.push(() => tasks.setPulse(undefined));
  }

  #blockEnded(block: EndedBlock): void {
    if (!block.startup) this.#histogram.record(block);
    if (block.record !== undefined) this.environment.emit(block.record);
  }

  /** An SDK may be started at any time, and says nothing. */
  #tick(): void {
    if (!this.#configured) this.providersChanged();
    this.#signals?.arm();
    this.#nameExporters();
  }

  /** Exporters are seen when the first span starts. */
  #nameExporters(): void {
    if (!this.#configured || this.#options.crashExporter !== undefined) return;
    const strangers = this.#delivery?.strangers ?? new Set();
    if (strangers.size === this.#named) return;
    this.#named = strangers.size;
    const notice = exporterNotice(strangers, resolveDestinations());
    if (notice !== undefined) warnOnce('sidecar exporters', notice);
  }

  #configure(): void {
    if (this.#worker?.alive !== true) return;
    const config = exportConfig(this.#options, this.environment.otel);
    this.#configured = config !== undefined;
    if (this.#configured) this.#followResource();
    if (config?.crashFile !== undefined) void this.#loadOwnHand();
    const text = JSON.stringify(config) ?? '';
    if (text === this.#told) return;
    this.#told = text;
    for (const problem of config?.destinations.problems ?? []) warnOnce(`sidecar ${problem}`, problem);
    this.#worker.post({ type: 'config', config });
  }

  /** Few need it, and then nothing can be loaded any more. */
  async #loadOwnHand(): Promise<void> {
    this.#ownHand ??= await import('./delivery/own-hand.js').catch(() => undefined);
  }

  #keepOwnWords(words: LastWords): void {
    const config = exportConfig(this.#options, this.environment.otel);
    if (config !== undefined) this.#ownHand?.keepOwnWords(words, config);
  }

  #followResource(): void {
    if (this.#followsResource) return;
    const settles = asSelf(() => resourceSettles(this.environment.otel));
    this.#followsResource = settles !== undefined;
    void settles?.then(() => attempt('the resource', () => this.#configure()));
  }

  #off(reason: string): void {
    warnOnce('sidecar off', `no sidecar, so blocked loops and crashes are not reported: ${reason}`);
    this.stop();
  }
}
