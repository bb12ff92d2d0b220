import { attempt } from '../../base/guard.js';
import { outside } from '../../base/outside.js';
import { asSelf } from '../../base/self.js';
import { timers } from '../../base/timers.js';
import type { FeatureEnvironment } from '../../feature.js';
import { ATTR, EVENT } from '../../semconv.js';
import { nameOfTask } from '../../tasks/names.js';
import type { Task } from '../../tasks/task.js';
import type { TraceScope } from './trace-scope.js';

interface LateEnd {
  scope: TraceScope;
  task: Task;
  timeMs: number;
}

const WAITING_AT_MOST = 1_000;

/**
 * Tells of tasks that end after their trace. Not at once: that a promise was rejected is known when those who handle
 * it have run, or when Node has found that nobody does, which is before the next turn of the loop.
 */
export class LateEnds {
  #waiting: LateEnd[] = [];

  constructor(private readonly environment: FeatureEnvironment) {}

  readonly add = (scope: TraceScope, task: Task): void => {
    if (this.#waiting.length >= WAITING_AT_MOST) {
      this.environment.shed('late_end');
      return;
    }
    this.#waiting.push({ scope, task, timeMs: Date.now() });
    if (this.#waiting.length > 1) return;
    asSelf(() => outside(() => timers.setImmediate(() => attempt('late ends', () => this.tell())).unref()));
  };

  /** Now, in case the loop has no turn left. */
  tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { scope, task, timeMs } of waiting) {
      this.environment.emit({
        eventName: EVENT.TASK_SETTLED_LATE,
        body: `${nameOfTask(task)} was still pending when its trace ended, and is ${task.outcome} now.`,
        severity: 'INFO',
        timeMs,
        attributes: { [ATTR.TASK_ID]: task.id, [ATTR.TASK_OUTCOME]: task.outcome },
        trace: scope.identity(task),
      });
    }
  }
}
