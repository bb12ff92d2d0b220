import type { Birth } from './birth.js';
import { createCallClock } from './call-clock.js';
import { FunctionTask, RETURNED } from './function-task.js';
import type { Place } from './new-task.js';
import { EVENT, WHAT } from './recorder/flight-memory.js';
import { OUTCOMES } from './recorder/flight-writer.js';
import type { TaskRegistry } from './registry.js';
import type { Task } from './task.js';
import { TIMES } from './task-stack.js';

export type FunctionCalls = ReturnType<typeof createFunctionCalls>;

/**
 * What compiled functions tell of themselves, millions of times a second: the part of the registry's work that has to
 * cost next to nothing. Closures over constants, since those the engine puts into the code that it makes, where
 * fields and imports are looked up each time. What changes is in typed arrays and objects that are constant, not in
 * variables: those are asked each time whether they are there yet, and have each number as an object of its own. All
 * that is rare is handed over to the registry's own stack, which lies below.
 */
export function createFunctionCalls(tasks: TaskRegistry) {
  const { executionId, runs, live, times, flight } = tasks;
  const { entryOf, began, ran } = flight.runs;
  const DEPTH_LIMIT = 256;
  /** Calls whose end was missed may lie below; beyond this they are given up. */
  const STACK_LIMIT = 512;
  const { NOW, SEGMENT } = TIMES;
  const at = {
    /** The innermost function whose code is running. Those that called it hang below it. */
    running: undefined as FunctionTask | undefined,
  };
  const counts = tasks.counts.calls;
  const { NO, YES } = RETURNED;
  const FULFILLED = EVENT.OUTCOME * OUTCOMES.indexOf('fulfilled');
  const REJECTED = EVENT.OUTCOME * OUTCOMES.indexOf('rejected');
  const FIRST = WHAT.RAN_FIRST - WHAT.RAN;
  const { beats, begins, ends, read, setPulse, turn } = createCallClock(tasks);
  const SPARE_RECORDS = 1_024;
  /** Records to be used again: the first `spare` of them. */
  const records: FunctionTask[] = [];
  let spare = 0;

  /** A function is called, inside `above`, or else inside what is running; its code starts. */
  function start(place: Place, birth: Birth, above: Task | undefined): FunctionTask {
    if (begins()) read();
    const now = times[NOW] as number;
    const execution = executionId();
    let below = at.running;
    let parent = above;
    let level = 0;
    if (below !== undefined) {
      level = below.level + 1;
      if (below.execution === execution) {
        below.busyMs += now - (times[SEGMENT] as number);
        if (parent === undefined && below.depth < DEPTH_LIMIT && below.place.scope === place.scope)
          parent = below;
      } else if (level >= STACK_LIMIT) {
        below = undefined;
        level = tasks.depth = 0;
      }
    } else if (tasks.depth > 0) {
      level = tasks.depth;
      parent ??= tasks.interrupt(now, place.scope);
    }
    let task: FunctionTask;
    if (spare > 0) {
      task = records[--spare] as FunctionTask;
      task.id = tasks.nextId++;
      task.birth = birth;
      task.parent = parent;
      task.depth = parent === undefined ? 0 : parent.depth + 1;
      task.place = place;
      task.startMs = now;
      task.endMs = -1;
      task.busyMs = 0;
      task.runs = 0;
      task.outcome = 'pending';
      task.outcomeKnown = false;
      task.waitPlace = 0;
      task.returned = NO;
      task.entry = 0;
    } else {
      task = new FunctionTask(tasks.nextId++, birth, parent, place, now);
      // where records are used again there are no more of them
      live.created(task);
    }
    if (parent !== undefined) parent.kept++;
    counts.created++;
    counts.active++;
    if (parent !== undefined && parent.birth.ownership === 'ignored') task.ownership = 'ignored';
    else place.scope.added(task);
    begin(task, below, level, execution, now);
    return task;
  }

  /** Its code goes on with nothing below it: an await is over. */
  function resume(task: FunctionTask): void {
    if (tasks.depth !== 0) tasks.depth = 0;
    if (begins()) read();
    begin(task, undefined, 0, executionId(), times[NOW] as number);
  }

  function begin(
    task: FunctionTask,
    below: FunctionTask | undefined,
    level: number,
    execution: number,
    now: number,
  ): void {
    task.runs++;
    task.runStartMs = now;
    task.execution = execution;
    task.level = level;
    task.below = below;
    at.running = task;
    times[SEGMENT] = now;
    if (tasks.recorder === undefined) return;
    if (task.entry === 0) task.entry = entryOf(task);
    began(level, task.id, task.entry, now);
  }

  /** Its code stops, and it waits. */
  function pause(task: FunctionTask): void {
    // one that is not on top was handed over, or has called what never said that it ended
    if (at.running !== task) tasks.leave(task);
    else stop(task, 0);
  }

  /** Gives whether that was told to the recorder. `outcome` is the part of an entry that says it; 0: it goes on. */
  function stop(task: FunctionTask, outcome: number): boolean {
    if (ends()) read();
    const now = times[NOW] as number;
    const startMs = task.runStartMs;
    if (now - startMs >= runs.notableMs) {
      tasks.leave(task, now);
      return false;
    }
    task.busyMs += now - (times[SEGMENT] as number);
    const { below, level } = task;
    at.running = below;
    task.below = undefined;
    times[SEGMENT] = now;
    if (below === undefined && level > 0) tasks.goBack(now);
    const { entry } = task;
    if (entry !== 0 && tasks.recorder !== undefined) {
      ran(level, task.id, entry + (task.runs === 1 ? FIRST + outcome : outcome), startMs, now);
    }
    if (tasks.hadTimers && task.place.scope.timers.size > 0) tasks.runEnded(task.place.scope, task);
    return true;
  }

  /** Its code is at its end, and so is the task. */
  function end(task: FunctionTask, fulfilled: boolean): void {
    const isOnTop = at.running === task && !task.waiting;
    let told = false;
    if (isOnTop) told = stop(task, fulfilled ? FULFILLED : REJECTED);
    else if (!task.waiting) tasks.leave(task);
    else if (ends()) read();
    const now = times[NOW] as number;
    const outcome = fulfilled ? 'fulfilled' : 'rejected';
    if (!told || task.endMs >= 0 || !task.isCommon) {
      tasks.end(task, outcome, now, told);
      return;
    }
    counts.active--;
    task.endMs = now;
    task.outcome = outcome;
    if (task.place.scope.ended(task) === false && task.kept === 0) reuse(task);
  }

  /** Nobody has it in hand, nor in mind: the next call may have its record, which spares the collector most of them. */
  function reuse(task: FunctionTask): void {
    // where something goes on, its end is heard of later
    if (spare >= SPARE_RECORDS || task.returned !== YES || task.waiting) return;
    const { parent } = task;
    if (parent !== undefined) parent.kept--;
    task.parent = undefined;
    records[spare++] = task;
  }

  return {
    start,
    resume,
    pause,
    end,
    beats,
    setPulse,
    turn,

    /** Whether a function's code is running that the registry's stack was not told of. */
    get any(): boolean {
      return at.running !== undefined;
    },

    /** The innermost function whose code is running, where its execution goes on. */
    current(execution: number): FunctionTask | undefined {
      const { running } = at;
      return running !== undefined && running.execution === execution ? running : undefined;
    },

    /** Gives what is running to `take`, outermost first, and forgets it. Gives when the innermost segment began. */
    handOver(take: (task: FunctionTask) => void): number {
      const calls: FunctionTask[] = [];
      for (let call = at.running; call !== undefined; call = call.below) calls.push(call);
      at.running = undefined;
      for (const call of calls.reverse()) {
        call.below = undefined;
        take(call);
      }
      return times[SEGMENT] as number;
    },

    forget(): void {
      at.running = undefined;
      records.length = spare = 0;
    },
  };
}
