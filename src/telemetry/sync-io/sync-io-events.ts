import { monotonic } from '../../base/clock.js';
import type { ResolvedOptions } from '../../config/options.js';
import type { Feature, FeatureEnvironment, RunningFeature } from '../../feature.js';
import { type SyncCall, SyncCallProbe } from '../../probes/sync-calls/sync-call-probe.js';
import type { AnyFunction } from '../../tasks/sites/call-sites.js';
import { captureFrames } from '../../tasks/sites/capture.js';
import type { Site } from '../../tasks/sites/site-table.js';
import type { Stop } from '../../types.js';
import { spanIdentity } from '../active-span.js';
import { StarvationLog } from '../callbacks/starvation-log.js';
import { addEventToTrace } from '../event-span.js';
import { Folding } from '../folding.js';
import { syncIoRecord } from './sync-io-record.js';

/** Synchronous calls of Node's on the loop that took longer than `syncIoMs`, as `async.sync_io`. */
export const syncIoEvents: Feature = {
  name: 'synchronous I/O',
  options: ['syncIo.enabled', 'syncIoMs'],
  wants: (options) => options['syncIo.enabled'],
  start: (environment) => new SyncIoEvents(environment),
};

const DEPTH = 40;

class SyncIoEvents implements RunningFeature {
  readonly #probe: SyncCallProbe;
  readonly #folding: Folding;
  readonly #starvation: StarvationLog;
  readonly #stopTick: Stop;
  #thresholdMs: number;

  constructor(private readonly environment: FeatureEnvironment) {
    this.#thresholdMs = environment.options.syncIoMs;
    this.#folding = new Folding(monotonic, (count) => environment.shed('folded_sync_io', count));
    this.#starvation = new StarvationLog(monotonic);
    this.#probe = new SyncCallProbe(this.#thresholdMs, (call, above) => this.#tell(call, above));
    this.#stopTick = environment.onSlowTick(() => {
      this.#probe.check();
      this.#starvation.tick();
    });
  }

  update(options: ResolvedOptions): void {
    this.#thresholdMs = options.syncIoMs;
    this.#probe.thresholdMs = options.syncIoMs;
  }

  stop(): void {
    this.#probe.stop();
    this.#stopTick();
  }

  /** At once: the span is still open, and the process may be about to exit. */
  #tell(call: SyncCall, above: AnyFunction): void {
    const { otel, tasks } = this.environment;
    const frames = captureFrames(above, DEPTH);
    const caller = frames.find((frame) => frame.origin !== 'builtin' && frame.origin !== 'wrapper');
    // `require` reads files; and what OpenTelemetry does is not the application's
    if (caller === undefined || isNobodys(caller)) return;
    const site = frames.find((frame) => frame.origin === 'user') ?? caller;
    const kind = this.#folding.kindOf(`${call.name} ${site.file}:${site.line}:${site.column}`);
    if (!this.#folding.admits(kind)) return;
    const context = otel.activeContext();
    const record = syncIoRecord({
      call,
      site,
      frames,
      task: tasks.current(),
      starvation: this.#starvation.within(call.startMs, call.durationMs),
      thresholdMs: this.#thresholdMs,
      folded: kind.folded,
      timeMs: Date.now(),
      trace: spanIdentity(context),
    });
    kind.folded = 0;
    const released = this.environment.emit(record);
    if (released !== undefined) addEventToTrace(otel, context, released, call.durationMs);
  }
}

function isNobodys({ origin }: Site): boolean {
  return origin === 'node' || origin === 'self' || origin === 'opentelemetry';
}
