import type { HrTime, Span } from '@opentelemetry/api';
import { ATTR, EVENT } from '../../semconv.js';
import type { Task } from '../../tasks/task.js';
import { seconds } from '../callbacks/slow-run-events.js';

/** Says on a task's span, before that ends, that it was found stuck: with its end, that it came back after all. */
export function addStuck(span: Span, { stuck }: Task, toHrTime: (ms: number) => HrTime): void {
  if (stuck === undefined) return;
  const attributes = { [ATTR.STUCK_DURATION]: seconds(stuck.stillMs) };
  span.setAttributes(attributes);
  span.addEvent(EVENT.TASK_STUCK, attributes, toHrTime(stuck.foundMs));
}
