import { Guard } from '../base/guard.js';
import { outside } from '../base/outside.js';
import { asSelf } from '../base/self.js';
import type { Stop } from '../types.js';
import { type LoopPlatform, nodeLoop } from './loop-platform.js';

/**
 * What happened on the loop between two observations. Times are `performance.now()`. The object is reused: read it
 * in the callback, keep nothing of it.
 */
export interface LoopObservation {
  previous: number;
  now: number;
  /** The loop ran without taking up new work from `busyFrom` until `busyUntil`. Empty where it only slept. */
  busyFrom: number;
  busyUntil: number;
  /** Our timer was due then and the loop slept on: the machine had no time for us. `Infinity` where it was on time. */
  overdueFrom: number;
  /** The same for so long that the process must have been stopped, which is no lag. Empty where it was not. */
  suspendedFrom: number;
  suspendedUntil: number;
  /** The entry module may still be running. */
  startup: boolean;
  /** When the next observation comes at the latest, if the loop is free then: the promise of a heartbeat. */
  nextAt: number;
}

export type LoopListener = (observation: Readonly<LoopObservation>) => void;

const IDLE_TICK_MS = 60;
const WORKING_TICK_MS = 10;
/** A turn that ran for so long is work, and there may be more of it for a while. */
const WORKING_TURN_MS = 2;
const WORKING_MS = 100;
/** More turns of the loop than this within an idle tick, and watching each of them costs more than a timer. */
const MANY_TURNS = 20;
const MANY_TURNS_MS = 500;
/** A timer may be late by libuv's whole milliseconds and the kernel's slack; that is no lag. */
const TIMER_SLACK_MS = 2;
const SUSPENDED_MS = 1_000;
/** Where Node cannot tell that the entry module has been left: the loop slept so long, or this time has passed. */
const STARTED_AFTER_SLEEP_MS = 5;
const STARTED_AFTER_MS = 1_000;

/**
 * Watches the loop for all who need it (lag, the watchdog's heartbeat) with one timer.
 *
 * While the loop is quiet, an unreferenced immediate sees each of its turns: it runs when the loop wakes for a reason
 * of its own and wakes nobody, and the idle time that libuv counts tells how long the turn was; a timer wakes the
 * loop every 60 ms. While there is work, a timer at each multiple of 10 ms does instead of both: what is due then is
 * late by as much as the timer.
 */
export class EventLoopProbe {
  readonly #listeners = new Map<LoopListener, number>();
  readonly #observation: LoopObservation = {
    previous: 0,
    now: 0,
    busyFrom: 0,
    busyUntil: 0,
    overdueFrom: Infinity,
    suspendedFrom: 0,
    suspendedUntil: 0,
    startup: true,
    nextAt: 0,
  };
  readonly #guard = new Guard('the event loop probe', () => this.#stop());
  #timer: NodeJS.Timeout | undefined;
  #timerMs = 0;
  #immediate: NodeJS.Immediate | undefined;
  #idleTime = 0;
  #ioEvents = 0;
  #processorTime = 0;
  #startedAt = 0;
  #workingTickMs = WORKING_TICK_MS;
  #turns = 0;
  #turnsFrom = 0;
  #workingUntil = 0;

  constructor(private readonly platform: LoopPlatform = nodeLoop) {}

  get running(): boolean {
    return this.#timer !== undefined;
  }

  /**
   * Starts watching with the first listener, ends with the last. A listener that throws is disconnected.
   *
   * @param intervalMs how finely a busy loop is looked at; at most 60, whatever is asked for.
   */
  listen(listener: LoopListener, intervalMs = WORKING_TICK_MS): Stop {
    const guarded = new Guard('a listener of the event loop probe', () => this.#remove(guarded)).wrap(
      listener,
    );
    this.#listeners.set(guarded, intervalMs);
    this.#alignInterval();
    if (!this.running) this.#start();
    return () => this.#remove(guarded);
  }

  #remove(listener: LoopListener): void {
    this.#listeners.delete(listener);
    this.#alignInterval();
    if (this.#listeners.size === 0) this.#stop();
  }

  #alignInterval(): void {
    this.#workingTickMs = Math.min(IDLE_TICK_MS, ...this.#listeners.values());
  }

  #start(): void {
    this.#observation.now = this.#startedAt = this.#turnsFrom = this.platform.now();
    this.#observation.startup = true;
    this.#idleTime = this.platform.idleTime();
    this.#ioEvents = this.platform.ioEvents();
    this.#processorTime = this.platform.processorTime();
    this.#workingUntil = this.#turns = 0;
    outside(() => this.#arm());
  }

  #stop(): void {
    this.platform.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#clearTurn();
  }

  /** Sizes what happened since the last observation, waits for the next, and tells the listeners. */
  readonly #observe = this.#guard.wrap(() => {
    const o = this.#observation;
    this.#size(o);
    this.#choosePace(o);
    this.#arm();
    for (const listener of this.#listeners.keys()) listener(o);
    o.startup &&= this.#stillStarting(o);
  });
  readonly #onTurn = () => {
    this.#immediate = undefined;
    this.#observe();
  };

  #size(o: LoopObservation): void {
    const idleTime = this.platform.idleTime();
    const ioEvents = this.platform.ioEvents();
    o.previous = o.now;
    o.now = this.platform.now();
    const span = o.now - o.previous;
    const slept = Math.min(span, idleTime - this.#idleTime);
    const busy = span - slept;
    const overdue = o.now - o.nextAt;
    // Timers and immediates run before the loop sleeps, callbacks of I/O after it. When our own timer is late, what
    // ran must have run last.
    const busyFirst = slept > 0 && ioEvents === this.#ioEvents && overdue <= TIMER_SLACK_MS;
    this.#idleTime = idleTime;
    this.#ioEvents = ioEvents;
    o.busyFrom = busyFirst ? o.previous : o.now - busy;
    o.busyUntil = o.busyFrom + busy;
    const overslept = slept > 0 ? overdue - busy : 0;
    const suspended = overslept > SUSPENDED_MS;
    o.overdueFrom = overslept > TIMER_SLACK_MS ? o.nextAt : Infinity;
    o.suspendedFrom = suspended ? o.nextAt : o.now;
    o.suspendedUntil = suspended ? o.busyFrom : o.now;
  }

  /** Whether work is there: a long turn, or so many short ones that watching each costs more than a timer. */
  #choosePace(o: LoopObservation): void {
    if (o.busyUntil - o.busyFrom >= WORKING_TURN_MS && this.#processorUsed() >= WORKING_TURN_MS) {
      this.#work(o.now, WORKING_MS);
    }
    if (o.now < this.#workingUntil) return;
    if (o.now - this.#turnsFrom >= IDLE_TICK_MS) {
      this.#turnsFrom = o.now;
      this.#turns = 0;
      this.#processorUsed();
    }
    if (++this.#turns > MANY_TURNS) this.#work(o.now, MANY_TURNS_MS);
  }

  /** Since the last call. On a busy machine a turn takes long in which nothing was done, ours above all. */
  #processorUsed(): number {
    const before = this.#processorTime;
    this.#processorTime = this.platform.processorTime();
    return this.#processorTime - before;
  }

  #work(now: number, forMs: number): void {
    this.#workingUntil = Math.max(this.#workingUntil, now + forMs);
    this.#turns = 0;
  }

  #arm(): void {
    const o = this.#observation;
    const working = o.now < this.#workingUntil;
    o.nextAt = working
      ? (Math.floor(o.now / this.#workingTickMs) + 1) * this.#workingTickMs
      : o.now + IDLE_TICK_MS;
    asSelf(() => {
      this.#setTimer(Math.ceil(o.nextAt - o.now));
      if (working) this.#clearTurn();
      else this.#immediate ??= this.platform.setImmediate(this.#onTurn).unref();
    });
  }

  #setTimer(ms: number): void {
    if (this.#timer !== undefined && this.#timerMs === ms) {
      this.#timer.refresh();
      return;
    }
    this.platform.clearTimeout(this.#timer);
    this.#timer = this.platform.setTimeout(this.#observe, ms).unref();
    this.#timerMs = ms;
  }

  #clearTurn(): void {
    this.platform.clearImmediate(this.#immediate);
    this.#immediate = undefined;
  }

  #stillStarting(o: LoopObservation): boolean {
    const entered = this.platform.entered();
    if (entered !== undefined) return !entered;
    const slept = o.now - o.previous - (o.busyUntil - o.busyFrom);
    return slept < STARTED_AFTER_SLEEP_MS && o.now - this.#startedAt < STARTED_AFTER_MS;
  }
}

/** The thread's own. */
export const eventLoop = new EventLoopProbe();
