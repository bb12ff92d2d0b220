import type { TaskKind } from '../types.js';
import type { Site } from './sites/site-table.js';
import type { TaskOwnership, TaskScope } from './task.js';

/** Where new tasks belong at this moment, as telemetry sees it: the scope and the active span. */
export interface Place {
  scope: TaskScope;
  spanId: string;
}

export interface NewTask {
  kind: TaskKind;
  type: string;
  name: string;
  ownership: TaskOwnership;
  site?: Site;
  definition?: Site;
  stack?: readonly Site[];
  /** Beside the current task instead of inside it. */
  beside?: boolean;
}
