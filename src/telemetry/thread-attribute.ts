import { isMainThread, threadId } from 'node:worker_threads';
import { ATTR } from '../semconv.js';

/** Ids of threads only ever grow; a pool that recycles its workers must not make series without end. */
const MOST_THREADS = 256;

const bounded = threadId === 0 ? 0 : ((threadId - 1) % (MOST_THREADS - 1)) + 1;

/** The attribute that makes each thread's loop a series of its own: 0 is the main thread, the others 1 to 255. */
export const THREAD_ATTRIBUTE = Object.freeze({ [ATTR.THREAD_ID]: bounded });

/** The same for metrics of the `nodejs.*` conventions, which know no thread: nothing on the main thread. */
export const WORKER_ATTRIBUTE = isMainThread ? Object.freeze({}) : THREAD_ATTRIBUTE;
