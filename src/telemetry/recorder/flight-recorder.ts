import { attempt } from '../../base/guard.js';
import type { ResolvedOptions } from '../../config/options.js';
import type { Span as OtlpSpan } from '../../otlp/messages.js';
import { emptyFlight, type FlightMemory } from '../../tasks/recorder/flight-memory.js';
import { type Recording, readFlight } from '../../tasks/recorder/flight-reader.js';
import type { TaskRegistry } from '../../tasks/registry.js';
import type { Stop, TraceIdentity } from '../../types.js';
import type { OtelAccess } from '../otel-access.js';
import { writeRecording } from './recording-file.js';
import { releasedLabels } from './task-labels.js';
import { type RecordingReason, type TimelineSpan, timelineOf } from './timeline.js';
import { timelineToOtlp } from './timeline-otlp.js';
import { sendTimeline } from './timeline-spans.js';

/** A task to be told of, and since when nothing was heard of it. */
export interface SilentTask {
  id: number;
  silentMs: number;
}

/**
 * The last task events of a thread, while debug mode is on. It is there for as long as its runtime, and empty handed
 * while nothing is recorded.
 */
export class FlightRecorder {
  #memory: FlightMemory | undefined;
  #options: ResolvedOptions | undefined;
  #listener: ((memory: FlightMemory | undefined, seconds: number) => void) | undefined;

  constructor(
    private readonly tasks: TaskRegistry,
    private readonly otel: OtelAccess,
  ) {}

  /** Begins to record. @throws RangeError where shared memory is refused. */
  start(options: ResolvedOptions): Stop {
    const { flight } = this.tasks;
    emptyFlight(flight.memory);
    this.#options = options;
    this.#memory = flight.memory;
    this.setClock();
    this.tasks.recorder = flight;
    this.#tellListener();
    return () => {
      this.tasks.recorder = undefined;
      this.#memory = this.#options = undefined;
      this.#tellListener();
    };
  }

  update(options: ResolvedOptions): void {
    this.#options = options;
    this.#tellListener();
  }

  /** The wall clock is set now and then. */
  setClock(): void {
    if (this.#memory) this.tasks.flight.setOrigin(Date.now() - this.tasks.clock());
  }

  /** For the sidecar: the memory, now and whenever there is another. */
  onMemory(listener: (memory: FlightMemory | undefined, seconds: number) => void): Stop {
    this.#listener = listener;
    this.#tellListener();
    return () => {
      this.#listener = undefined;
    };
  }

  #tellListener(): void {
    this.#listener?.(this.#memory, this.#options?.['recorder.seconds'] ?? 0);
  }

  /**
   * The last seconds as a timeline in the trace of a finding, or in a trace of its own; for detectors to call beside
   * their event. `about` tells of a task of which nothing was heard for so long: it reaches back to before that. Gives
   * its trace; `undefined` where nothing is recorded or there is no tracer. Never throws.
   */
  export(reason: RecordingReason, parent?: TraceIdentity, about?: SilentTask): string | undefined {
    return attempt('a recording', () => {
      const timeline = this.#timeline(reason, about);
      return timeline && sendTimeline(this.otel, timeline, parent);
    });
  }

  /** The same for the last words of the process. Never throws. */
  lastWords(parent: TraceIdentity | undefined): OtlpSpan[] {
    return (
      attempt('a recording', () => {
        const timeline = this.#timeline('crash');
        return timeline && timelineToOtlp(timeline, parent);
      }) ?? []
    );
  }

  /** Writes the last seconds to a file. False where nothing is recorded. @throws what writing the file throws. */
  save(file: string): boolean {
    const recording = this.#read();
    if (recording === undefined) return false;
    writeRecording(file, recording, releasedLabels(recording.labels, this.#options?.redact));
    return true;
  }

  #timeline(reason: RecordingReason, about?: SilentTask): TimelineSpan | undefined {
    const recording = this.#read(about?.silentMs);
    if (recording === undefined) return undefined;
    const labels = releasedLabels(recording.labels, this.#options?.redact);
    return timelineOf(recording, reason, labels, about?.id);
  }

  #read(silentMs = 0): Recording | undefined {
    const seconds = (this.#options?.['recorder.seconds'] ?? 0) + silentMs / 1_000;
    return this.#memory && readFlight(this.#memory, seconds, Date.now());
  }
}
