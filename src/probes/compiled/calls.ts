import { inSelf } from '../../base/self.js';
import type { SelfCost } from '../../base/self-cost.js';
import { type FunctionTask, RETURNED } from '../../tasks/function-task.js';
import type { TaskRegistry } from '../../tasks/registry.js';
import { compiledFunction } from '../../tasks/sites/compiled-modules.js';
import type { CompiledProbe } from './compiled-probe.js';

type MaybeTask = FunctionTask | undefined;

export type Calls = ReturnType<typeof createCalls>;

/** Iterable, iterator and result in one: of an array, what the program made of its iterator would run. */
const NOTHING = Object.freeze({
  __proto__: null,
  done: true,
  next() {
    return NOTHING;
  },
  [Symbol.iterator]() {
    return NOTHING;
  },
}) as unknown as Iterable<never>;

let current: { tasks: TaskRegistry; calls: Calls } | undefined;

/** The calls that tell `tasks`: always the same, for as long as no other registry is told. */
export function callsOf(tasks: TaskRegistry, cost: SelfCost): Calls {
  if (current?.tasks !== tasks) current = { tasks, calls: createCalls(tasks, cost) };
  return current.calls;
}

/**
 * What compiled code calls: see `compiler/names.ts`. A function that started while nobody listened has no task, and
 * pays for a comparison. What fails here is caught here. Closures over constants: see `tasks/function-calls.ts`.
 */
function createCalls(tasks: TaskRegistry, cost: SelfCost) {
  const { start, resume, pause, end } = tasks.functionCalls;
  const { live } = tasks;
  const { compiledCall } = cost;
  const { YES, MAYBE } = RETURNED;
  /** What calls write before they happen, so that the function that is entered knows its caller. */
  const state = { c: 0 };
  const at = {
    /** Who listens; nobody where it is undefined. */
    probe: undefined as CompiledProbe | undefined,
    /** Its code has called an iterator's or a resource's: what is created now may be its child, if the stack says so. */
    head: undefined as MaybeTask,
  };

  function enter(definition: number, listener: CompiledProbe): MaybeTask {
    const place = listener.place();
    if (place === undefined) return undefined;
    compiledCall.events++;
    if (live.full) return tasks.refused(place.scope);
    const called = compiledFunction(definition);
    const mark = state.c;
    const birth =
      (mark === 0 ? undefined : called.known(mark)) ?? listener.birthOf(called, mark, place.scope);
    let parent: MaybeTask;
    const { head } = at;
    if (head !== undefined) {
      if (listener.isAtHead(head)) parent = head.scope === place.scope ? head : undefined;
      else at.head = undefined;
    }
    const task = start(place, birth, parent);
    state.c = 0;
    return task;
  }

  function wait(task: FunctionTask, place: number): void {
    try {
      task.waitPlace = place;
      if (!task.waiting) {
        task.waiting = true;
        pause(task);
      }
      state.c = 0;
      at.head = undefined;
    } catch (error) {
      at.probe?.failed(error);
    }
  }

  function goOn(task: FunctionTask): void {
    if (at.probe === undefined) return;
    try {
      if (task.yielded) {
        task.yielded = false;
        // whoever asks a generator for more runs it: inside a task, or in a microtask
        if (tasks.currentTask() !== undefined) {
          task.waiting = false;
          state.c = 0;
          tasks.enter(task);
          return;
        }
      }
      compiledCall.events++;
      task.waiting = false;
      state.c = 0;
      at.head = undefined;
      resume(task);
    } catch (error) {
      at.probe?.failed(error);
    }
  }

  function leave(task: FunctionTask, listener: CompiledProbe): void {
    try {
      state.c = 0;
      at.head = undefined;
      const { returned } = task;
      if (returned === YES) {
        // a generator is left while it waits by whoever asked it to return
        task.outcomeKnown = true;
        end(task, true);
      } else listener.leave(task);
    } catch (error) {
      listener.failed(error);
    }
  }

  function follow<T>(task: FunctionTask, place: number, value: T, maybe: boolean, kept?: number): T {
    if (at.probe === undefined) return value;
    try {
      return at.probe.follow(task, place, value, maybe, kept === 1) as T;
    } catch (error) {
      at.probe?.failed(error);
      return value;
    }
  }

  function hand(task: MaybeTask, place: number): void {
    if (task === undefined || at.probe === undefined) return;
    wait(task, place);
    at.head = task;
  }

  return {
    s: state,

    e(definition: number): MaybeTask {
      if (at.probe === undefined || inSelf()) return undefined;
      try {
        return enter(definition, at.probe);
      } catch (error) {
        at.probe?.failed(error);
        return undefined;
      }
    },

    a<T>(task: MaybeTask, place: number, value: T): T {
      if (task !== undefined && at.probe !== undefined) wait(task, place);
      return value;
    },

    r<T>(task: MaybeTask, value: T): T {
      if (task?.waiting === true) goOn(task);
      return value;
    },

    c(task: MaybeTask): void {
      if (task?.waiting === true) goOn(task);
    },

    m(task: MaybeTask, place: number): void {
      if (task?.waiting === true) goOn(task);
      state.c = place;
    },

    f: hand,

    n(task: MaybeTask, place: number): void {
      hand(task, place);
      state.c = place;
    },

    y<T>(task: MaybeTask, place: number, value: T): T {
      if (task !== undefined) {
        if (at.probe !== undefined) wait(task, place);
        task.yielded = true;
      }
      return value;
    },

    v<T>(task: MaybeTask, place: number, value: T, kept?: number): T {
      if (task === undefined) return value;
      task.returned = YES;
      return typeof value === 'object' && value !== null ? follow(task, place, value, false, kept) : value;
    },

    u<T>(task: MaybeTask, place: number, value: T, kept?: number): T {
      if (task === undefined) return value;
      task.returned = MAYBE;
      return typeof value === 'object' && value !== null ? follow(task, place, value, true, kept) : value;
    },

    w<T>(task: MaybeTask, place: number, value: T): T {
      if (task !== undefined) {
        task.returned = MAYBE;
        if (at.probe !== undefined) wait(task, place);
      }
      return value;
    },

    z(task: MaybeTask): Iterable<never> {
      if (task?.waiting === true) goOn(task);
      return NOTHING;
    },

    x(task: MaybeTask): void {
      if (task !== undefined && at.probe !== undefined) leave(task, at.probe);
    },

    /** Who is told from now on; nobody where it is undefined. */
    listen(next: CompiledProbe | undefined): void {
      at.probe = next;
      at.head = undefined;
      if (next === undefined) tasks.functionCalls.forget();
    },
  };
}
