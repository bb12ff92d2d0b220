import { monotonic } from '../../base/clock.js';
import {
  exitPatienceLeftMs,
  healthyExitPatienceLeftMs,
  onHealthyWaitInVain,
  spendExitPatience,
} from '../../base/exit-patience.js';
import { attempt } from '../../base/guard.js';
import { asSelf } from '../../base/self.js';
import type { FeatureEnvironment } from '../../feature.js';
import { toNanos } from '../../otlp/values.js';
import { keepOnTop } from '../../probes/process-emit.js';
import { SCOPE } from '../../semconv.js';
import type { RecentExceptions } from '../../telemetry/errors/recent-exceptions.js';
import type { OtelAccess } from '../../telemetry/otel-access.js';
import type { FlightRecorder } from '../../telemetry/recorder/flight-recorder.js';
import { SpanSeam } from '../../telemetry/spans/span-seam.js';
import type { FatalError, Stop } from '../../types.js';
import { VERSION } from '../../version.js';
import type { HandOver, LastWords } from '../protocol.js';
import { EXPORT_DELIVERED, EXPORT_FAILED, PROCESS, type SharedMemory } from '../shared-memory.js';
import { onLastExit } from './last-exit.js';
import { collectLastMetrics } from './last-metrics.js';
import { SpanLedger } from './span-ledger.js';
import { resourceOf, spansToOtlp } from './span-to-otlp.js';

export interface Wire {
  post(message: HandOver): void;
  /** Whether there is a worker at the other end. */
  readonly alive: boolean;
}

/** What ends, and how its last words leave it. */
export interface Ending {
  ends: FatalError['ends'];
  wire: Wire;
  /** Where in the shared memory the sidecar says that it is done with a hand-over. */
  doneWord: number;
  /** Option `crashFlushTimeoutMs`. */
  timeoutMs(): number;
  /** Whether what is not delivered is kept in a file. */
  keeps(): boolean;
  /** Writes to that file what the sidecar could not be given. */
  keepOwnWords?(words: LastWords): void;
  beforehand(): void;
  afterwards?(): void;
}

/** Of the time there is, so much is left for writing to the file what was not delivered. */
const KEEPING_MS = 50;

/**
 * Hands the last words of a dying process, or of a thread, to the sidecar and waits, within bounds, until they are delivered: nothing
 * asynchronous can be finished by the thread that dies.
 */
export class LastDelivery {
  readonly #otel: OtelAccess;
  readonly #flight: FlightRecorder;
  readonly #exceptions: RecentExceptions;
  readonly #ledger: SpanLedger;
  readonly #seam: SpanSeam;
  readonly #stops: Stop[];
  #fatal: FatalError | undefined;
  #number = 0;

  constructor(
    environment: FeatureEnvironment,
    private readonly memory: SharedMemory,
    private readonly ending: Ending,
  ) {
    this.#otel = environment.otel;
    this.#flight = environment.flight;
    this.#exceptions = environment.exceptions;
    const exported = (successfully: boolean) =>
      void Atomics.store(memory.words, PROCESS.LAST_EXPORT, successfully ? EXPORT_DELIVERED : EXPORT_FAILED);
    this.#ledger = new SpanLedger(exported);
    this.#seam = new SpanSeam(environment.otel);
    this.#stops = [
      this.#seam.listen(this.#ledger),
      environment.onSlowTick(() => this.#ledger.tick()),
      environment.onFatalError((fatal) => {
        if (fatal.ends === ending.ends) this.#fatal = fatal;
      }),
      onLastExit(() => {
        asSelf(() => {
          ending.beforehand();
          this.deliver();
        });
        ending.afterwards?.();
      }),
      environment.onSlowTick(() => void keepOnTop()),
      onHealthyWaitInVain(() => exported(false)),
      () => this.#ledger.stop(),
    ];
  }

  /** The application's exporters that keep their address to themselves, by name. */
  get strangers(): ReadonlySet<string> {
    return this.#ledger.exporters.strangers;
  }

  providersChanged(): void {
    this.#seam.refresh();
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Returns when all is delivered or kept, or the time for it is over. Runs on the thread that dies. */
  deliver(): void {
    const { ends, keeps, keepOwnWords } = this.ending;
    const words = this.#lastWords();
    const isEmpty = words.records.length === 0 && words.spans.length === 0;
    const isBusy = ends === 'process' && Atomics.load(this.memory.words, PROCESS.BUSY) > 0;
    if ((isEmpty && !isBusy) || this.#handOver(words) || isEmpty || !keeps()) return;
    attempt('the crash file', () => keepOwnWords?.(words));
  }

  /** False where the sidecar has not said in time that it is done with them. */
  #handOver(words: LastWords): boolean {
    const { ends, wire, doneWord, keeps } = this.ending;
    const { words: shared } = this.memory;
    const last = Atomics.load(shared, PROCESS.LAST_EXPORT);
    // an exit in good order has just tried, and nobody has to know at once why the process ended
    const inVain = words.records.length === 0 && last === EXPORT_FAILED;
    if (inVain && !keeps()) return true;
    const healthy = last === EXPORT_DELIVERED;
    const timeoutMs = this.ending.timeoutMs();
    const waitMs = healthy ? healthyExitPatienceLeftMs(timeoutMs) : Math.min(timeoutMs, exitPatienceLeftMs());
    if (!wire.alive || waitMs <= 0) return false;
    const withinMs = inVain ? 0 : Math.max(0, waitMs - (keeps() ? KEEPING_MS : 0));
    const number = ++this.#number;
    const began = monotonic();
    wire.post({ type: 'handover', doneWord, number, words, withinMs, ends });
    const answer = Atomics.wait(shared, doneWord, number - 1, waitMs);
    spendExitPatience(monotonic() - began, healthy);
    return answer !== 'timed-out';
  }

  #lastWords(): LastWords {
    const { open, ended } = this.#ledger.unexported();
    const fatal = this.#fatal?.record;
    const records = [...this.#exceptions.records, ...(fatal === undefined ? [] : [fatal])];
    const spans = spansToOtlp(ended, open, toNanos(Date.now()));
    const timeline = fatal === undefined ? [] : this.#flight.lastWords(fatal.trace);
    if (timeline.length > 0) spans.push({ scope: { name: SCOPE, version: VERSION }, spans: timeline });
    // there is always something in them: they go along, and are no reason to wait
    const alone = records.length === 0 && spans.length === 0;
    const metrics = alone
      ? []
      : attempt('the last metrics', () => collectLastMetrics(this.#otel.meterProvider()));
    return { records, resource: resourceOf(ended[0] ?? open[0]), spans, metrics: metrics ?? [] };
  }
}
