import { type Clock, monotonic } from '../base/clock.js';
import type { CodeLocation, TaskDescription, TaskOutcome } from '../types.js';
import { birthOf, UNSEEN } from './birth.js';
import { describeTask, sketchTask, type TaskSketch } from './description.js';
import { createFunctionCalls, type FunctionCalls } from './function-calls.js';
import { LiveTasks } from './live-tasks.js';
import { LiveTimers } from './live-timers.js';
import type { NewTask, Place } from './new-task.js';
import { PromiseMarks } from './promise-marks.js';
import type { Pulse } from './pulse.js';
import { FlightWriter } from './recorder/flight-writer.js';
import { RejectedFunctions } from './rejected-functions.js';
import { RunningTasks } from './running-tasks.js';
import { Task, type TaskScope } from './task.js';
import { type TaskCount, TaskCounts } from './task-counts.js';
import { isWithin } from './task-stack.js';

export type { NewTask, Place };

/**
 * The only writer of task state. Knows neither Node's hooks nor OpenTelemetry: probes tell it what happened,
 * scopes are told what was added and what ended.
 */
export class TaskRegistry extends RunningTasks {
  readonly #timers = new LiveTimers((task) => this.end(task, 'cleared'));
  readonly live = new LiveTasks();
  /** Of compiled functions, whose promises nobody knows. */
  readonly rejected = new RejectedFunctions();
  readonly counts = new TaskCounts();
  nextId = 1;
  #pulse: Pulse | undefined;
  #flight: FlightWriter | undefined;

  constructor(
    clock: Clock = monotonic,
    executionId: () => number = () => 0,
    afterMicrotasks?: (callback: () => void) => void,
  ) {
    super(clock, executionId, afterMicrotasks);
  }

  create(place: Place, facts: NewTask): Task {
    const now = this.read();
    const parent = this.#parentIn(place.scope, facts.beside === true);
    if (facts.site !== undefined && facts.type === 'PROMISE') this.seen(now);
    const task = new Task(this.nextId++, birthOf(facts), parent, place, now);
    this.#count(task, this.counts.of(facts.kind));
    return task;
  }

  /** For compiled functions. */
  get functionCalls(): FunctionCalls {
    if (this.calls === undefined) {
      this.calls = createFunctionCalls(this);
      this.calls.setPulse(this.#pulse);
    }
    return this.calls;
  }

  /** The flight recorder, which records where it is `recorder`. */
  get flight(): FlightWriter {
    this.#flight ??= new FlightWriter();
    return this.#flight;
  }

  /** For floods of calls; without one each of them reads the clock. */
  setPulse(pulse: Pulse | undefined): void {
    this.#pulse = pulse;
    this.calls?.setPulse(pulse);
  }

  #count(task: Task, counts: TaskCount): void {
    const { parent, place } = task;
    if (parent !== undefined) parent.kept++;
    counts.created++;
    counts.active++;
    this.live.created(task);
    if (parent !== undefined && parent.birth.ownership === 'ignored') task.ownership = 'ignored';
    if (task.birth.ownership !== 'ignored') place.scope.added(task);
    this.recorder?.created(task, task.startMs);
  }

  /** A promise whose creation nobody looked at: its scope never hears of it. */
  createUnseen(place: Place): Task {
    const parent = this.#parentIn(place.scope, false);
    this.leftOut(place.scope);
    this.counts.promises.created++;
    this.counts.promises.active++;
    const task = new Task(this.nextId++, UNSEEN, parent, place, this.recently);
    if (parent !== undefined) parent.kept++;
    this.live.created(task);
    return task;
  }

  /** A task of `scope` that it will never hear of. */
  leftOut(scope: TaskScope): void {
    if (scope.unseen !== undefined) scope.unseen++;
  }

  /** The same where there are too many to have a record of it. */
  refused(scope: TaskScope): undefined {
    this.live.refused();
    this.leftOut(scope);
  }

  endUnseen(task: Task): void {
    if (task.endMs < 0) this.counts.promises.active--;
    task.endMs = this.recently;
    task.outcome = 'fulfilled';
  }

  #parentIn(scope: TaskScope, beside: boolean): Task | undefined {
    const current = beside ? this.currentTask()?.parent : this.currentTask();
    return current !== undefined && isWithin(current, scope) ? current : undefined;
  }

  /** `told`: the recorder knows. */
  end(task: Task, outcome: TaskOutcome, now = this.read(), told = false): void {
    if (task.endMs < 0) this.counts.of(task.kind).active--;
    task.endMs = now;
    task.outcome = outcome;
    if (!task.isCommon) this.#endedRare(task);
    task.place.scope.ended(task);
    if (!told) this.recorder?.ended(task, now);
  }

  #endedRare(task: Task): void {
    task.endTurn = this.loopTurn;
    if (task.resource === undefined) return;
    task.resource = undefined;
    task.scope.timers.delete(task);
  }

  /** It has ended, as no hook tells how, and is known now to have been rejected. */
  learnedRejected(task: Task): void {
    task.outcomeKnown = true;
    if (!task.ended) return;
    task.outcome = 'rejected';
    this.recorder?.ended(task, task.endMs);
  }

  /** What seemed over goes on with another request: `end` is called again. */
  goOn(task: Task): void {
    if (!task.ended) return;
    task.endMs = -1;
    task.outcome = 'pending';
    this.counts.of(task.kind).active++;
  }

  /** Nobody will hear of it any more. */
  forget(task: Task): void {
    if (task.endMs < 0) this.counts.of(task.kind).active--;
    task.resource = undefined;
  }

  /** Keeps hold of a live timer: it alone says that it repeats, or was cleared. Let go of when it ends. */
  watchTimer(task: Task, timer: object): void {
    task.resource = timer;
    this.hadTimers = true;
    task.scope.timers.add(task);
    this.#timers.added();
  }

  /** What a timer is after a run: over, or still going, also as it was refreshed, or cleared by its own callback. */
  timerAfterRun(task: Task): TaskOutcome {
    const timer = task.resource;
    const repeats = typeof timer?._repeat === 'number';
    if (timer?._destroyed === false) return 'pending';
    return repeats ? 'cleared' : 'completed';
  }

  /** Timers cleared during the run. */
  runEnded(scope: TaskScope, except?: Task): void {
    this.#timers.look(scope, except);
  }

  /** The same of all timers, however many: what became of them is about to be told. */
  lookAtTimers(scope: TaskScope): void {
    this.#timers.lookAtAll(scope);
  }

  /** The task whose code is running now. */
  current(): TaskDescription | undefined {
    const task = this.currentTask();
    return task && describeTask(task);
  }

  /** The same in the midst of whatever it runs, to be described by another thread. */
  sketchCurrent(): TaskSketch | undefined {
    const task = this.currentTask();
    return task && sketchTask(task);
  }

  /** The task of a promise, where it is tracked. */
  describePromise(promise: object): TaskDescription | undefined {
    const task = PromiseMarks.own(promise) ?? PromiseMarks.owner(promise);
    return task && describeTask(task);
  }

  /** The same for a rejection that nobody handled, of a compiled function: `frames` are its error's, as written. */
  describeRejection(promise: object, frames: readonly CodeLocation[]): TaskDescription | undefined {
    const task = this.rejected.take(frames);
    if (task === undefined) return undefined;
    PromiseMarks.begin(promise, task, undefined);
    return describeTask(task);
  }

  /** Nothing has happened in its trace for so long. Once a task. */
  markStuck(task: Task, stillMs: number): void {
    task.stuck ??= { foundMs: this.clock(), stillMs };
  }

  /** The promise was rejected and nobody handled it. */
  markUnhandled(promise: object, errorName: string): void {
    const task = PromiseMarks.own(promise);
    if (task === undefined) return;
    task.outcome = 'rejected';
    task.outcomeKnown = true;
    task.unhandledError = errorName;
    this.recorder?.failed(task, errorName, this.read());
  }
}
