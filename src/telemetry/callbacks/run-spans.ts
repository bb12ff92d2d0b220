import type { Clock } from '../../base/clock.js';
import { attempt } from '../../base/guard.js';
import { asSelf } from '../../base/self.js';
import type { SlowRun } from '../../tasks/run-watch.js';
import type { Task } from '../../tasks/task.js';
import type { EventRecord } from '../../types.js';
import { startOwn } from '../event-span.js';
import type { OtelAccess } from '../otel-access.js';

interface Waiting {
  task: Task | undefined;
  run: SlowRun;
  record: EventRecord;
}

const MOST_WAITING = 200;
/** A trace that lasts longer tells of its tasks as it goes. */
const PATIENCE_MS = 60_000;

/**
 * Slow runs whose task gets no span, or had its span before: they become spans of their own, so that they are seen
 * where there are traces alone. All others are events of their task's span.
 */
export class RunSpans {
  #waiting: Waiting[] = [];

  constructor(
    private readonly otel: OtelAccess,
    private readonly clock: Clock,
  ) {}

  add(task: Task | undefined, run: SlowRun, record: EventRecord): void {
    this.#waiting.push({ task, run, record });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.tick();
  }

  tick(): void {
    this.#sift(this.clock() - PATIENCE_MS);
  }

  stop(): void {
    this.#sift(Number.POSITIVE_INFINITY);
  }

  #sift(patienceFrom: number): void {
    this.#waiting = this.#waiting.filter(({ task, run, record }) => {
      if (run.told) return false;
      if (task !== undefined && !isOver(task) && run.endMs > patienceFrom) return true;
      attempt('a span of a slow callback', () => this.#write(task, run, record));
      return false;
    });
  }

  #write(task: Task | undefined, run: SlowRun, record: EventRecord): void {
    run.told = true;
    const { startMs, endMs } = run;
    // the clocks of its trace, where they are known: the wall clock is good to a millisecond only
    const anchor = task?.scope.anchor;
    const start = anchor?.toHrTime(startMs) ?? record.timeMs - (endMs - startMs);
    asSelf(() => startOwn(this.otel, record, start, anchor?.toHrTime(endMs) ?? record.timeMs));
  }
}

/** Whether nothing more is going to be written of it. */
function isOver(task: Task): boolean {
  return task.scope.closed || (task.scope.show !== undefined && task.span === undefined);
}
