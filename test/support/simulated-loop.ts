import type { LoopPlatform } from '../../src/probes/loop-platform.js';

/** One piece of work on the simulated loop: from `atMs` on it is ready, then it runs for `forMs`. */
export interface Work {
  kind: 'timer' | 'io' | 'immediate';
  atMs: number;
  forMs: number;
  /** It waits for a processor all the while. */
  waits?: boolean;
}

interface Timer {
  dueMs: number;
  ms: number;
  callback: () => void;
}

/**
 * libuv's turn (timers, sleep, I/O, immediates) on a fake clock. It counts what it does, so that tests can ask for
 * wakeups, and remembers when the loop would have taken up new work, which is what lag is defined by.
 */
export class SimulatedLoop {
  now = 0;
  idle = 0;
  events = 0;
  /** Neither slept nor ran. */
  waited = 0;
  wakeups = 0;
  /** Extra time the machine sleeps on once, from the given moment. */
  oversleep: { fromMs: number; forMs: number } | undefined;
  /** From `from` until `until` work that becomes due would be taken up at once; ends of busy stretches are points. */
  readonly free: { from: number; until: number }[] = [];
  readonly #timers = new Set<Timer>();
  readonly #immediates: (() => void)[] = [];

  readonly platform: LoopPlatform = {
    now: () => this.now,
    idleTime: () => this.idle,
    ioEvents: () => this.events,
    processorTime: () => this.now - this.idle - this.waited,
    entered: () => true,
    setTimeout: (callback, ms) => this.#timer(callback, ms) as unknown as NodeJS.Timeout,
    clearTimeout: (timer) => {
      this.#timers.delete(timer as unknown as Timer);
    },
    setImmediate: (callback) => {
      this.#immediates.push(callback);
      return Object.assign(callback, { unref: () => callback }) as unknown as NodeJS.Immediate;
    },
    clearImmediate: (immediate) => {
      const index = this.#immediates.indexOf(immediate as unknown as () => void);
      if (index >= 0) this.#immediates.splice(index, 1);
    },
  };

  /** Turns the loop until `endMs`. */
  run(work: readonly Work[], endMs: number): void {
    const ready = [...work].sort((a, b) => a.atMs - b.atMs);
    while (this.now < endMs) {
      this.#timersPhase(ready);
      this.#sleep(ready, endMs);
      for (const item of take(ready, 'io', this.now)) {
        this.events++;
        this.#do(item);
      }
      this.#point();
      for (const callback of this.#immediates.splice(0)) callback();
      for (const item of take(ready, 'immediate', this.now)) this.#do(item);
    }
  }

  /** How long work due at `dueMs` waits: the naive reference. */
  lagOf(dueMs: number): number {
    let low = 0;
    for (let high = this.free.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((this.free[middle]?.until as number) >= dueMs) high = middle;
      else low = middle + 1;
    }
    const span = this.free[low];
    if (span === undefined) throw new Error(`the loop was not free after ${dueMs}`);
    return Math.max(0, span.from - dueMs);
  }

  #timersPhase(ready: Work[]): void {
    for (;;) {
      const [item] = ready.filter(({ kind, atMs }) => kind === 'timer' && atMs <= this.now);
      this.#point();
      const own = [...this.#timers].find(({ dueMs }) => dueMs <= this.now);
      if (own !== undefined && (item === undefined || own.dueMs <= item.atMs)) {
        this.#timers.delete(own);
        own.callback();
      } else if (item !== undefined) {
        ready.splice(ready.indexOf(item), 1);
        this.#do(item);
      } else return;
    }
  }

  #sleep(ready: readonly Work[], endMs: number): void {
    const own = Math.min(endMs, ...[...this.#timers].map(({ dueMs }) => dueMs));
    let until = Math.min(own, ...ready.map(({ atMs }) => atMs));
    if (until <= this.now) return;
    if (until === own && own < endMs) this.wakeups++;
    const { oversleep } = this;
    this.free.push({ from: this.now, until });
    if (oversleep && until >= oversleep.fromMs) {
      until += oversleep.forMs;
      this.oversleep = undefined;
    }
    this.idle += until - this.now;
    this.now = until;
  }

  #do({ forMs, waits }: Work): void {
    this.now += forMs;
    if (waits) this.waited += forMs;
  }

  #point(): void {
    this.free.push({ from: this.now, until: this.now });
  }

  #timer(callback: () => void, ms: number): object {
    const timer: Timer = { callback, ms, dueMs: this.now + ms };
    this.#timers.add(timer);
    return Object.assign(timer, {
      unref: () => timer,
      refresh: () => {
        timer.dueMs = this.now + ms;
        this.#timers.add(timer);
      },
    });
  }
}

function take(ready: Work[], kind: Work['kind'], now: number): Work[] {
  const due = ready.filter((item) => item.kind === kind && item.atMs <= now);
  for (const item of due) ready.splice(ready.indexOf(item), 1);
  return due;
}
