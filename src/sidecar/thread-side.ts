import { BroadcastChannel } from 'node:worker_threads';
import type { FeatureEnvironment, RunningFeature } from '../feature.js';
import type { Stop } from '../types.js';
import { installCapture } from './blocks/capture.js';
import { observeGc } from './blocks/gc-time.js';
import { LastDelivery, type Wire } from './delivery/last-delivery.js';
import { THREADS_CHANNEL } from './protocol.js';
import { THREAD, wordOf } from './shared-memory.js';
import { followWorkers, inheritedMemory, unwatchThisThread, watchThisThread } from './watched-thread.js';

/** A thread of the application's lets itself be watched, and hands its last words to the process's sidecar. */
export class ThreadSide implements RunningFeature {
  readonly #stops: Stop[] = [];
  #options: FeatureEnvironment['options'];
  #delivery: LastDelivery | undefined;

  constructor(environment: FeatureEnvironment) {
    const { options, otel, tasks } = environment;
    this.#options = options;
    const memory = inheritedMemory();
    const heartbeat = memory && watchThisThread(memory, options['eventLoop.probeIntervalMs']);
    if (!heartbeat) return;
    const delivery = new LastDelivery(environment, memory, {
      ends: 'thread',
      wire: channelWire(),
      doneWord: wordOf(heartbeat.row, THREAD.HANDED_OVER),
      timeoutMs: () => this.#options.crashFlushTimeoutMs,
      keeps: () => Boolean(this.#options.crashFile),
      // a thread that waits for this is not blocked
      beforehand: () => Atomics.add(memory.words, wordOf(heartbeat.row, THREAD.EXPECTED), 1),
      afterwards: () => this.stop(),
    });
    this.#delivery = delivery;
    this.#stops.push(
      () => delivery.stop(),
      installCapture(heartbeat, otel, tasks),
      observeGc((ms) => heartbeat.addGcMs(ms)),
      followWorkers(memory),
      () => unwatchThisThread(heartbeat),
    );
  }

  update(options: FeatureEnvironment['options']): void {
    this.#options = options;
  }

  providersChanged(): void {
    this.#delivery?.providersChanged();
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}

/** Opened when it is needed: once, at the end of the thread. */
function channelWire(): Wire {
  return {
    alive: true,
    post(message) {
      const channel = new BroadcastChannel(THREADS_CHANNEL);
      channel.postMessage(message);
      channel.close();
    },
  };
}
