/** Plain vocabulary shared by every floor: no behaviour, no imports. */

export type TaskKind = 'async_function' | 'promise' | 'timer' | 'io' | 'custom';
export type TaskOutcome = 'fulfilled' | 'rejected' | 'completed' | 'cleared' | 'lost' | 'pending';
export type Certainty = 'proven' | 'likely' | 'suspected';

/** A place in source code. Lines and columns count from 1. `file` is a path, or a `node:` name. */
export interface CodeLocation {
  functionName?: string;
  file: string;
  line: number;
  column: number;
}

/** Ends what was started; calling it twice does nothing. Never throws. */
export type Stop = () => void;

/** The parts of a span's identity that a record may hold without holding the span. */
export interface TraceIdentity {
  traceId: string;
  spanId: string;
  traceFlags: number;
}

/**
 * What leaves the thread as one log record. `redact(record)` sees exactly this.
 * Attribute values are strings, numbers, booleans or arrays of strings.
 */
export interface EventRecord {
  eventName: string;
  /** One sentence that reads by itself: what, where, how long. */
  body: string;
  severity: 'INFO' | 'WARN' | 'ERROR' | 'FATAL';
  /** Milliseconds since the epoch, fractional. */
  timeMs: number;
  attributes: Record<string, string | number | boolean | string[]>;
  trace?: TraceIdentity;
}

/** A task as events, logs and findings describe it; plain data, safe to keep. */
export interface TaskDescription {
  id: number;
  name: string;
  kind: TaskKind;
  /** Node's resource type. */
  type: string;
  site?: CodeLocation;
  /** The tasks that created it, nearest first, each as `name (file:line)`. */
  chain: string[];
  trace?: TraceIdentity;
}

/** Where an error that nobody handled came from. */
export type ErrorOrigin = 'unhandled_rejection' | 'uncaught_exception';

/** An error by which this thread ends, told at the moment when that is certain. */
export interface FatalError {
  origin: ErrorOrigin;
  /** In a worker the thread ends, and the process goes on if the parent listens to `error`. */
  ends: 'process' | 'thread';
  /** The `exception` record as it may leave, after `errors.message` and `redact`; absent where `redact` dropped it. */
  record: EventRecord | undefined;
}

/**
 * Called synchronously, after the application's `uncaughtExceptionMonitor` listeners and before the `exit` event and
 * Node's own output. Only where the process really ends: there is no `uncaughtException` listener and no capture
 * callback, or the one that was called has thrown. An exception in it is reported through `diag`.
 */
export type FatalErrorSubscriber = (fatal: FatalError) => void;
