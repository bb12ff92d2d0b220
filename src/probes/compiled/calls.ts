import type { FunctionTask } from '../../tasks/function-task.js';
import type { CompiledProbe } from './compiled-probe.js';

/** What calls write before they happen, so that the function that is entered knows its caller. */
export const state = { c: 0 };

let probe: CompiledProbe | undefined;

/** Who is told of what compiled functions do; nobody where it is undefined. */
export function setProbe(next: CompiledProbe | undefined): void {
  probe = next;
}

type MaybeTask = FunctionTask | undefined;

/**
 * What compiled code calls: see `compiler/names.ts`. A function that started while nobody listened has no task, and
 * pays for a comparison. What fails here is caught here.
 */
export const calls = {
  s: state,

  e(definition: number): MaybeTask {
    if (probe === undefined) return undefined;
    try {
      return probe.enter(definition);
    } catch (error) {
      probe?.failed(error);
      return undefined;
    }
  },

  a<T>(task: MaybeTask, place: number, value: T): T {
    if (task !== undefined && probe !== undefined) {
      try {
        probe.wait(task, place);
      } catch (error) {
        probe?.failed(error);
      }
    }
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

  f(task: MaybeTask, place: number): void {
    if (task === undefined || probe === undefined) return;
    try {
      probe.hand(task, place);
    } catch (error) {
      probe?.failed(error);
    }
  },

  n(task: MaybeTask, place: number): void {
    if (task !== undefined && probe !== undefined) calls.f(task, place);
    state.c = place;
  },

  y<T>(task: MaybeTask, place: number, value: T): T {
    if (task !== undefined) {
      calls.a(task, place, value);
      task.yielded = true;
    }
    return value;
  },

  v<T>(task: MaybeTask, place: number, value: T): T {
    if (task === undefined) return value;
    task.returned = 'yes';
    return typeof value === 'object' && value !== null ? follow(task, place, value, false) : value;
  },

  u<T>(task: MaybeTask, place: number, value: T): T {
    if (task === undefined) return value;
    task.returned = 'maybe';
    return typeof value === 'object' && value !== null ? follow(task, place, value, true) : value;
  },

  w<T>(task: MaybeTask, place: number, value: T): T {
    if (task !== undefined) task.returned = 'maybe';
    return calls.a(task, place, value);
  },

  z(task: MaybeTask): readonly never[] {
    if (task?.waiting === true) goOn(task);
    return [];
  },

  x(task: MaybeTask): void {
    if (task === undefined || probe === undefined) return;
    try {
      probe.leave(task);
    } catch (error) {
      probe?.failed(error);
    }
  },
};

function follow<T>(task: FunctionTask, place: number, value: T, maybe: boolean): T {
  if (probe === undefined) return value;
  try {
    return probe.follow(task, place, value, maybe) as T;
  } catch (error) {
    probe?.failed(error);
    return value;
  }
}

function goOn(task: FunctionTask): void {
  if (probe === undefined) return;
  try {
    if (task.yielded) {
      task.yielded = false;
      probe.goOnInside(task);
    } else probe.goOn(task);
  } catch (error) {
    probe?.failed(error);
  }
}
