import { asSelf } from '../base/self.js';
import type { TaskRegistry } from '../tasks/registry.js';
import type { Task } from '../tasks/task.js';

const { then } = Promise.prototype;

/**
 * No hook tells fulfilled from rejected. A reaction does; it is added while the promise settles, so that no error's
 * async stack can change, and only where somebody handles the promise already, so that no rejection is hidden.
 */
export function learnOutcome(promise: Promise<unknown>, task: Task, registry: TaskRegistry): void {
  if (Object.getPrototypeOf(promise) !== Promise.prototype || Object.hasOwn(promise, 'constructor')) return;
  asSelf(() =>
    then.call(
      promise,
      () => {
        task.outcomeKnown = true;
      },
      () => registry.learnedRejected(task),
    ),
  );
}
