import { birthOf } from './birth.js';
import { Task, type TaskScope } from './task.js';

const NOWHERE: TaskScope = {
  closed: true,
  timers: new Set(),
  added() {},
  ended() {},
  identity: () => undefined,
};

/** Stands in recordings for all that Node puts off for itself, and that no task is made of. */
export const NOBODY = new Task(
  0,
  birthOf({ kind: 'custom', type: 'TickObject', name: 'TickObject', ownership: 'internal' }),
  undefined,
  { scope: NOWHERE, spanId: '' },
  0,
);
