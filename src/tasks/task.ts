import type { TaskKind, TaskOutcome, TraceIdentity } from '../types.js';
import { type Birth, birthOf } from './birth.js';
import type { Place } from './new-task.js';
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
  /** No span tells of its tasks. */
  readonly withheld?: boolean;
  /** What its spans' times are counted from: `ms` is of the tasks' clock. */
  readonly anchor?: { toHrTime(ms: number): [seconds: number, nanos: number] };
  /** Its live timers. */
  readonly timers: Set<Task>;
  /** How many tasks of its it does not keep; absent where nobody asks. */
  unseen?: number;
  added(task: Task): void;
  /** `false`: nobody will look at this task any more, for all that the scope knows; its record may be used again. */
  ended(task: Task): unknown;
  /** The trace and the span that an event about `task` belongs to. */
  identity(task: Task): TraceIdentity | undefined;
  /** Something is to be told of `task` now: gives it the span that it would get later, where it would get one. */
  show?(task: Task): void;
}

/** When a task was found to be stuck, and for how long nothing had happened in its trace. Milliseconds. */
export interface StuckWait {
  readonly foundMs: number;
  readonly stillMs: number;
}

/** What few tasks have: kept apart, so that the others stay small. */
class Rarity {
  /** Failed, and nobody handled it: the error's name. */
  unhandledError: string | undefined = undefined;
  /** Its span, once it has one. */
  span: TraceIdentity | undefined = undefined;
  /** Made by a library that user code called: its name is the library's word. */
  foreign = false;
  /** Runs that were too long, the first few of them; and how many more there were. */
  slowRuns: SlowRun[] | undefined = undefined;
  slowRunsFolded = 0;
  /** Found to be stuck, once. */
  stuck: StuckWait | undefined = undefined;
  /** A resource in whose callbacks Node goes on with what user code called. */
  carrier = false;
  /** What user code called, for the resources that Node makes on the way. */
  serves = '';
  /** The request of Node's that this one goes on with; itself, where it is the first. */
  request: Task | undefined = undefined;
  /** Of one operation, those that are under way. */
  requests = 0;
  /** The promise whose executor, or whose library call, made this resource: both tell of one operation. */
  wrapper: Task | undefined = undefined;
  /** How many resources were made inside this promise's executor, and the first of them. */
  wrapped = 0;
  wraps: Task | undefined = undefined;
  /** In which turn of the event loop it ended last; 0 where that is not known. */
  endTurn = 0;
  /** Node's own object, only for timers and only while they live: it alone says that it was cleared. */
  resource: { _destroyed?: boolean; _repeat?: unknown } | undefined = undefined;
}

const COMMON: Readonly<Rarity> = new Rarity();

export interface Task extends Rarity {}

/**
 * Our record of one async resource. Only the registry writes it. Times are milliseconds of `base/clock`. There may be a
 * million: what it shares with others it holds by reference, and what few have in a `Rarity`, read and written here as
 * if it were its own.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the accessors of `Rarity` are defined in the static block
export class Task {
  // with a value from the start: else the engine takes them for anything, and keeps numbers as objects
  id = 0;
  startMs = 0;
  depth = 0;
  endMs = -1;
  busyMs = 0;
  runs = 0;
  outcome: TaskOutcome = 'pending';
  /** Whether `outcome` was seen and not assumed. */
  outcomeKnown = false;
  /** A later promise was made from this one: somebody looks at its result. */
  observed = false;
  /** An async function still in its first, synchronous segment. */
  entering = false;
  /** How many hold on to it that would not let go when it ends: its record is used again only where there are none. */
  kept = 0;
  #rarity: Rarity | undefined = undefined;

  constructor(
    id: number,
    public birth: Birth,
    public parent: Task | undefined,
    public place: Place,
    startMs: number,
  ) {
    this.id = id;
    this.startMs = startMs;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  static {
    for (const name of Object.keys(COMMON) as (keyof Rarity)[]) {
      Object.defineProperty(Task.prototype, name, {
        get(this: Task) {
          return (this.#rarity ?? COMMON)[name];
        },
        set(this: Task, value: never) {
          if (this.#rarity === undefined && value === COMMON[name]) return;
          this.#rarity ??= new Rarity();
          this.#rarity[name] = value;
        },
      });
    }
  }

  /** Has nothing of what few tasks have. */
  get isCommon(): boolean {
    return this.#rarity === undefined;
  }

  /** Of a compiled function, whose first run starts when it is created. */
  get isCall(): boolean {
    return false;
  }

  get ended(): boolean {
    return this.endMs >= 0;
  }

  get kind(): TaskKind {
    return this.birth.kind;
  }

  get type(): string {
    return this.birth.type;
  }

  get site(): Site | undefined {
    return this.birth.site;
  }

  get definition(): Site | undefined {
    return this.birth.definition;
  }

  get stack(): readonly Site[] | undefined {
    return this.birth.stack;
  }

  get scope(): TaskScope {
    return this.place.scope;
  }

  /** The span active at creation; empty where there was none. */
  get activeSpanId(): string {
    return this.place.spanId;
  }

  get name(): string {
    return this.birth.name;
  }

  set name(name: string) {
    this.birth = birthOf({ ...this.birth, name });
  }

  get ownership(): TaskOwnership {
    return this.birth.ownership;
  }

  set ownership(ownership: TaskOwnership) {
    this.birth = birthOf({ ...this.birth, ownership });
  }
}
