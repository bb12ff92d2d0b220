import type { Destinations } from '../config/export-destination.js';
import type { ScopeMetrics, ScopeSpans } from '../otlp/messages.js';
import type { BlockCause } from '../semconv.js';
import type { TaskSketch } from '../tasks/description.js';
import type { FlightMemory } from '../tasks/recorder/flight-memory.js';
import type { RawFrame } from '../tasks/sites/raw-frames.js';
import type { Site } from '../tasks/sites/site-table.js';
import type { EventRecord, FatalError, TraceIdentity } from '../types.js';
import type { SharedMemory } from './shared-memory.js';
import type { CrashSignal } from './signals/signal-words.js';

/** Where the capture function stands, for the sidecar to call through the inspector. */
export const CAPTURE_SLOT = 'opentelemetry-instrumentation-async.capture';

/** Where the function stands that hands over the last words, for the sidecar to call through the inspector. */
export const LAST_WORDS_SLOT = 'opentelemetry-instrumentation-async.last-words';

export type PlainAttributes = Record<string, string | number | boolean | string[]>;

/** What the sidecar is born with. */
export interface WorkerStart {
  memory: SharedMemory;
  /** Whether it may open inspector sessions: without the right to, opening one aborts the process. */
  mayInspect: boolean;
  /** Of 0, 1 and 2, those that were blocking before Node used them. */
  blockingStdio: readonly number[];
  /** There was one before it, which has told of the blocks so far. */
  again: boolean;
}

/** Where telemetry goes and whose it is. */
export interface ExportConfig {
  destinations: Destinations;
  resource: PlainAttributes;
  /** A `redact` function is set: nothing but numbers and causes may leave while it cannot be asked. */
  withhold: boolean;
  /** Option `crashFile`, as a full path. */
  crashFile: string | undefined;
}

/** The last words of a process. */
export interface LastWords {
  /** The `exception` records: of the error by which it ends, and of those before it that may not have been exported. */
  records: EventRecord[];
  /** Of the spans, where there are any. */
  resource: PlainAttributes | undefined;
  spans: ScopeSpans[];
  metrics: ScopeMetrics[];
}

export interface HandOver {
  type: 'handover';
  words: LastWords;
  /** How long it may be tried to deliver; 0: not at all, but kept in `crashFile`. */
  withinMs: number;
  ends: FatalError['ends'];
  /** Stands in `doneWord` of the shared memory when it is done. */
  number: number;
  doneWord: number;
}

export type ToWorker =
  | { type: 'config'; config: ExportConfig | undefined }
  /** End the watch: you are terminated in a moment. */
  | { type: 'stop' }
  /** The thread of this row is in a flood of calls: see `pulse.ts`. */
  | { type: 'pulse'; row: number; words: Int32Array }
  | { type: 'flight'; memory: FlightMemory | undefined; seconds: number }
  /** `SIGNALS_WANTED` has changed. */
  | { type: 'signals' }
  /** The main thread has handed over what it had, and waits for the end. */
  | { type: 'die'; signal: CrashSignal }
  | HandOver;

/**
 * A worker that ends right after it disconnected an inspector session aborts the process (Node 20 to 26): the main
 * thread must have let go of the session before.
 */
export const LET_GO_MS = 200;

/** The application's threads have no wire to the sidecar but this `BroadcastChannel`. */
export const THREADS_CHANNEL = 'opentelemetry-instrumentation-async.last-words';

export type FromWorker =
  | { type: 'ready' }
  /** It has been told to stop, and may be terminated when the main thread has let go. */
  | { type: 'stopped' }
  | { type: 'block'; block: EndedBlock }
  | { type: 'note'; text: string }
  /** A signal has come by which the process is to end. */
  | { type: 'signal' }
  | { type: 'no-signals'; reason: string };

/** A block that is over, for the histogram. */
export interface EndedBlock {
  threadId: number;
  cause: BlockCause;
  durationMs: number;
  startup: boolean;
  /** What is still to be told by the thread itself: the sidecar had nowhere to send it, or may not. */
  record: EventRecord | undefined;
}

/** What the capture function answers, as JSON: nothing is worked out where the program runs. */
export interface RawCapture {
  /** On the shared clock. */
  atMs: number;
  /** When the loop had last been seen free. */
  beat: number;
  frames: readonly RawFrame[];
  /** Packages that count as user code. */
  libraries: readonly string[];
  /** How bundles name files, as far as it was not told before. */
  bundled: readonly string[];
  /** There may be more below. */
  truncated: boolean;
  /** Goes up when a run has ended since the last capture. */
  runs: number;
  trace?: TraceIdentity;
  task?: TaskSketch;
  debugger: boolean;
}

/** The same, read. */
export interface Capture extends Omit<RawCapture, 'frames' | 'libraries' | 'bundled'> {
  frames: readonly Site[];
}
