import {
  DOUBTFUL_TOTAL_MS,
  exitPatienceLeftMs,
  healthyExitPatienceLeftMs,
  healthyWaitWasInVain,
  spendExitPatience,
} from '../base/exit-patience.js';
import { attempt } from '../base/guard.js';
import { asSelf } from '../base/self.js';
import type { Signal } from '../config/otlp-target.js';
import type { Part } from '../telemetry/api-registration.js';
import { Delivery } from './delivery.js';
import { ExitFlush, type Flushed } from './exit-flush.js';
import { notice } from './notice.js';
import { type BuiltSdk, buildSdk, setDiagLogger } from './sdk-start.js';
import type { Stoppable } from './sdk-types.js';
import { Registration } from './step-aside.js';

/** Milliseconds an exit may be held up where nothing was ever delivered, or the last export failed. */
const PATIENCE_MS = 250;
/** Milliseconds where the collector answers, for all waits together: the last of it is left to who comes after us. */
const HEALTHY_TOTAL_MS = 2_000;

/** The SDK that `register` started, from its registration to its end. */
export class RunningSdk implements Flushed {
  readonly registration: Registration;
  readonly #providers: Partial<Record<Signal, Stoppable>>;
  #replaced: Part[] = [];

  /** `undefined` where nothing is to be started, or nothing can be: then one line says why. */
  static start(
    signals: readonly Signal[],
    onReplaced: (parts: readonly Part[]) => void,
  ): RunningSdk | undefined {
    const delivery = new Delivery();
    const built = buildSdk(delivery, signals);
    if (typeof built === 'string') notice('sdk', built);
    if (built === undefined || typeof built === 'string') return undefined;
    for (const problem of built.problems) notice(problem, problem);
    setDiagLogger(built.found);
    return new RunningSdk(built, delivery, onReplaced);
  }

  private constructor(
    private readonly sdk: BuiltSdk,
    private readonly delivery: Delivery,
    private readonly onReplaced: (parts: readonly Part[]) => void,
  ) {
    this.#providers = { traces: sdk.trace, metrics: sdk.metrics, logs: sdk.logs };
    this.registration = new Registration(sdk, (parts) => this.#handOver(parts));
    new ExitFlush(this).install();
  }

  get search(): BuiltSdk['found']['search'] {
    return this.sdk.found.search;
  }

  activity(): number {
    return this.sdk.activity.count;
  }

  patience(elapsed: number): number {
    const { delivered } = this.delivery;
    const nothingLeft = Object.keys(this.#providers).length === 0;
    if (nothingLeft && delivered !== true) return 0;
    if (delivered === true) return healthyExitPatienceLeftMs(HEALTHY_TOTAL_MS, elapsed) - DOUBTFUL_TOTAL_MS;
    return Math.min(PATIENCE_MS, exitPatienceLeftMs()) - elapsed;
  }

  waited(ms: number, inVain: boolean): void {
    const wasWell = this.delivery.delivered === true;
    spendExitPatience(ms, wasWell);
    if (!wasWell || !inVain) return;
    this.delivery.delivered = false;
    healthyWaitWasInVain();
  }

  holdsLoop(): boolean {
    return this.sdk.senders.some((sender) => sender.holdsLoop);
  }

  async flush(): Promise<void> {
    const providers = Object.values(this.#providers);
    await Promise.allSettled(providers.map((provider) => asSelf(() => provider.forceFlush())));
    await Promise.allSettled(this.sdk.senders.map((sender) => sender.drain()));
  }

  #handOver(parts: Part[]): void {
    // a whole SDK registers part by part; one line is said about all of it
    if (this.#replaced.length === 0) queueMicrotask(() => attempt('hand-over', () => this.#report()));
    this.#replaced.push(...parts);
    for (const part of parts) {
      if (part === 'context' || part === 'propagation') continue;
      const provider = this.#providers[part];
      delete this.#providers[part];
      attempt('shutdown', () => asSelf(() => provider?.shutdown().catch(() => {})));
    }
    if (Object.keys(this.#providers).length === 0) this.delivery.silence();
  }

  #report(): void {
    const parts = this.#replaced.splice(0);
    notice(
      `replaced ${parts.join()}`,
      `the application registers its own OpenTelemetry (${parts.join(', ')}); the SDK started by register steps aside.`,
    );
    this.onReplaced(parts);
  }
}
