import type { Birth } from './birth.js';
import { createCallClock } from './call-clock.js';
import { FunctionTask, RETURNED } from './function-task.js';
import type { Place } from './new-task.js';
import type { TaskRegistry } from './registry.js';
import type { Task } from './task.js';

export type FunctionCalls = ReturnType<typeof createFunctionCalls>;

/**
 * What compiled functions tell of themselves, millions of times a second: the part of the registry's work that has to
 * cost next to nothing. Closures over constants, since those the engine puts into the code that it makes, where
 * fields and imports are looked up each time; and each does one thing in one piece. All that is rare is handed over to
 * the registry's own stack, which lies below.
 */
export function createFunctionCalls(tasks: TaskRegistry) {
  const { executionId, runs, live } = tasks;
  const DEPTH_LIMIT = 256;
  /** Calls whose end was missed may lie below; beyond this they are given up. */
  const STACK_LIMIT = 512;
  /** The innermost function whose code is running. Those that called it hang below it. */
  let running: FunctionTask | undefined;
  /** When its running segment began; a variable would be a new object with each change. */
  const segment = new Float64Array(1);
  const counts = tasks.counts.calls;
  const { NO, YES } = RETURNED;
  const { time, setPulse, turn } = createCallClock(tasks);
  const SPARE_RECORDS = 1_024;
  /** Records to be used again: the first `spare` of them. */
  const records: FunctionTask[] = [];
  let spare = 0;

  /** A function is called, inside `above`, or else inside what is running; its code starts. */
  function start(place: Place, birth: Birth, above: Task | undefined): FunctionTask {
    const now = time();
    const execution = executionId();
    let below = running;
    let parent = above;
    let level = 0;
    if (below !== undefined) {
      level = below.level + 1;
      if (below.execution === execution) {
        below.busyMs += now - (segment[0] as number);
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
    begin(task, undefined, 0, executionId(), time());
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
    running = task;
    segment[0] = now;
    const { recorder } = tasks;
    if (recorder !== undefined) recorder.began(level, task, now);
  }

  /** Its code stops, and it waits. */
  function pause(task: FunctionTask): void {
    // one that is not on top was handed over, or has called what never said that it ended
    if (running !== task) tasks.leave(task);
    else stop(task, time(), 0);
  }

  /** Gives whether that was told to the recorder. `outcome` as in `TaskRecorder.ran`. */
  function stop(task: FunctionTask, now: number, outcome: number): boolean {
    const startMs = task.runStartMs;
    if (now - startMs >= runs.notableMs) {
      tasks.leave(task, now);
      return false;
    }
    task.busyMs += now - (segment[0] as number);
    const { below, level } = task;
    running = below;
    task.below = undefined;
    segment[0] = now;
    if (below === undefined && level > 0) tasks.goBack(now);
    const { recorder } = tasks;
    if (recorder !== undefined) recorder.ran(level, task, startMs, now, outcome);
    const { timers } = task.place.scope;
    if (timers.size > 0) tasks.runEnded(task.place.scope, task);
    return true;
  }

  /** Its code is at its end, and so is the task. */
  function end(task: FunctionTask, fulfilled: boolean): void {
    const isOnTop = running === task && !task.waiting;
    const now = isOnTop || task.waiting ? time() : tasks.leave(task);
    const outcome = fulfilled ? 'fulfilled' : 'rejected';
    const told = isOnTop && stop(task, now, fulfilled ? 1 : 2);
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
    setPulse,
    turn,

    /** Whether a function's code is running that the registry's stack was not told of. */
    get any(): boolean {
      return running !== undefined;
    },

    /** The innermost function whose code is running, where its execution goes on. */
    current(execution: number): FunctionTask | undefined {
      return running !== undefined && running.execution === execution ? running : undefined;
    },

    /** Gives what is running to `take`, outermost first, and forgets it. Gives when the innermost segment began. */
    handOver(take: (task: FunctionTask) => void): number {
      const calls: FunctionTask[] = [];
      for (let call = running; call !== undefined; call = call.below) calls.push(call);
      running = undefined;
      for (const call of calls.reverse()) {
        call.below = undefined;
        take(call);
      }
      return segment[0] as number;
    },

    forget(): void {
      running = undefined;
      records.length = spare = 0;
    },
  };
}
