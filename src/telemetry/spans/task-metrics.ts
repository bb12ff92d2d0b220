import type { Histogram, ObservableResult } from '@opentelemetry/api';
import { asSelf } from '../../base/self.js';
import { ATTR, METRIC } from '../../semconv.js';
import type { TaskRegistry } from '../../tasks/registry.js';
import type { TaskCount } from '../../tasks/task-counts.js';
import type { TaskKind, TaskOutcome } from '../../types.js';
import { MeterBinding } from '../meter-binding.js';
import type { OtelAccess } from '../otel-access.js';
import { WORKER_ATTRIBUTE } from '../thread-attribute.js';

const DURATION_BUCKETS_S = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

/**
 * How many tasks there are and how long they take, by kind. In standard mode only tasks of traces with detail are
 * tracked, so that these are figures of a sample; in debug mode of everything.
 */
export class TaskMetrics {
  readonly #binding: MeterBinding;
  #durations: Histogram | undefined;

  constructor(otel: OtelAccess, tasks: TaskRegistry) {
    const observe = (pick: (count: TaskCount) => number) => (result: ObservableResult) => {
      for (const [kind, count] of tasks.counts.entries()) result.observe(pick(count), attributesOf(kind));
    };
    this.#binding = new MeterBinding(otel, (meter) => {
      const created = meter.createObservableCounter(METRIC.TASK_CREATED, {
        unit: '{task}',
        description: 'Tasks created and tracked.',
      });
      const active = meter.createObservableUpDownCounter(METRIC.TASK_ACTIVE, {
        unit: '{task}',
        description: 'Tracked tasks that have not ended.',
      });
      this.#durations = meter.createHistogram(METRIC.TASK_DURATION, {
        unit: 's',
        description: 'From creation to end, of tasks that became spans.',
        advice: { explicitBucketBoundaries: DURATION_BUCKETS_S },
      });
      const [observeCreated, observeActive] = [
        observe((count) => count.created),
        observe((count) => count.active),
      ];
      created.addCallback(observeCreated);
      active.addCallback(observeActive);
      return () => {
        created.removeCallback(observeCreated);
        active.removeCallback(observeActive);
        this.#durations = undefined;
      };
    });
  }

  ended(kind: TaskKind, outcome: TaskOutcome, seconds: number): void {
    asSelf(() => this.#durations?.record(seconds, { ...attributesOf(kind), [ATTR.TASK_OUTCOME]: outcome }));
  }

  refresh(): void {
    this.#binding.refresh();
  }

  release(): void {
    this.#binding.release();
  }
}

function attributesOf(kind: TaskKind) {
  return { [ATTR.TASK_KIND]: kind, ...WORKER_ATTRIBUTE };
}
