import type { Attributes, HrTime, Span } from '@opentelemetry/api';
import { ATTR, EVENT } from '../../semconv.js';
import { nameOfTask } from '../../tasks/names.js';
import type { SlowRun } from '../../tasks/run-watch.js';
import { locationOf } from '../../tasks/sites/source-maps.js';
import type { Task } from '../../tasks/task.js';

/** Puts a task's slow runs on its span, before that ends. */
export function addSlowRuns(span: Span, task: Task, toHrTime: (ms: number) => HrTime): void {
  const { slowRuns } = task;
  if (slowRuns === undefined) return;
  for (const [index, run] of slowRuns.entries()) {
    run.told = true;
    const attributes = slowRunAttributes(task, run);
    const isLast = index === slowRuns.length - 1;
    if (isLast && task.slowRunsFolded > 0) attributes[ATTR.FOLDED_COUNT] = task.slowRunsFolded;
    span.addEvent(EVENT.CALLBACK_SLOW, attributes, toHrTime(run.endMs));
  }
}

/** What a slow run says of itself, in the trace and in its record alike. Times in seconds. */
export function slowRunAttributes(
  task: Task | undefined,
  run: SlowRun,
): Attributes & Record<string, string | number> {
  return {
    [ATTR.CALLBACK_DURATION]: seconds(run.durationMs),
    ...(run.busiest !== undefined &&
      run.busiest !== task && {
        [ATTR.CALLBACK_BUSIEST]: placedName(run.busiest),
        [ATTR.CALLBACK_BUSIEST_TIME]: seconds(run.busiestMs),
      }),
  };
}

function placedName(task: Task): string {
  const place = task.site && locationOf(task.site);
  return place ? `${nameOfTask(task)} (${place.file}:${place.line}:${place.column})` : nameOfTask(task);
}

export function seconds(ms: number): number {
  return Math.round(ms * 1_000) / 1e6;
}
