import { process } from '../base/process.js';
import { asSelf } from '../base/self.js';

// taken before a test's fake timers can replace it
const { nextTick } = process;

/** Called from within a microtask: `callback` runs as soon as the queue of microtasks is empty. */
export function afterMicrotasks(callback: () => void): void {
  asSelf(() => nextTick(callback));
}
