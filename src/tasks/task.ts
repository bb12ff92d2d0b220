import type { TaskKind, TaskOutcome, TraceIdentity } from '../types.js';
import type { SlowRun } from './run-watch.js';
import type { Site } from './sites/site-table.js';

/** Whom a task belongs to, seen from its creation stack. */
export type TaskOwnership =
  /** User code made it, or called what made it directly. */
  | 'user'
  /** A library made it inside a call from user code: becomes the user's once user code awaits it. */
  | 'provisional'
  /** Made by a library or by Node for itself. */
  | 'internal'
  /** OpenTelemetry's own work, or ours, or made by such. */
  | 'ignored';

/** The collection of tasks that are reported together: those of one trace, or all of debug mode. */
export interface TaskScope {
  /** Closed scopes take no new task. */
  readonly closed: boolean;
  /** Its live timers. */
  readonly timers: Set<Task>;
  added(task: Task): void;
  ended(task: Task): void;
  /** The trace and the span that an event about `task` belongs to. */
  identity(task: Task): TraceIdentity | undefined;
  /** Something is to be told of `task` now: gives it the span that it would get later, where it would get one. */
  show?(task: Task): void;
}

/** Our record of one async resource. Only the registry writes it. Times are milliseconds of `base/clock`. */
export class Task {
  endMs = -1;
  readonly depth: number;
  outcome: TaskOutcome = 'pending';
  /** Whether `outcome` was seen and not assumed. */
  outcomeKnown = false;
  busyMs = 0;
  runs = 0;
  /** A later promise was made from this one: somebody looks at its result. */
  observed = false;
  /** Made by a library that user code called: its name is the library's word. */
  foreign = false;
  /** Failed, and nobody handled it: the error's name. */
  unhandledError: string | undefined;
  /** Its span, once it has one. */
  span: TraceIdentity | undefined;
  /** Runs that were too long, the first few of them; and how many more there were. */
  slowRuns: SlowRun[] | undefined;
  slowRunsFolded = 0;
  /** A resource in whose callbacks Node goes on with what user code called. */
  carrier = false;
  /** What user code called, for the resources that Node makes on the way. */
  serves = '';
  /** The request of Node's that this one goes on with; itself, where it is the first. */
  request: Task | undefined;
  /** Of one operation, those that are under way. */
  requests = 0;
  /** An async function still in its first, synchronous segment. */
  entering = false;
  /** The promise whose executor, or whose library call, made this resource: both tell of one operation. */
  wrapper: Task | undefined;
  /** How many resources were made inside this promise's executor. */
  wrapped = 0;
  /** Node's own object, only for timers and only while they live: it alone says that it was cleared. */
  resource: { _destroyed?: boolean; _repeat?: unknown } | undefined;

  constructor(
    readonly id: number,
    readonly kind: TaskKind,
    readonly type: string,
    public name: string,
    public ownership: TaskOwnership,
    readonly parent: Task | undefined,
    readonly scope: TaskScope,
    /** The span active at creation; empty where there was none. */
    readonly activeSpanId: string,
    readonly startMs: number,
    public site: Site | undefined,
    readonly definition: Site | undefined,
    readonly stack: readonly Site[] | undefined,
  ) {
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  get ended(): boolean {
    return this.endMs >= 0;
  }
}
