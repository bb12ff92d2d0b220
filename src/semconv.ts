/** Every name this package puts on the wire. Documents, dashboards, alerts and tests are checked against it. */

export const SCOPE = 'opentelemetry-instrumentation-async';

export const ATTR = {
  TASK_ID: 'async.task.id',
  TASK_KIND: 'async.task.kind',
  TASK_TYPE: 'async.task.type',
  TASK_OUTCOME: 'async.task.outcome',
  TASK_RUNS: 'async.task.runs',
  TASK_BUSY_TIME: 'async.task.busy_time',
  TASK_IDLE_TIME: 'async.task.idle_time',
  TASK_TRIGGER_ID: 'async.task.trigger.id',
  TASK_DEFINITION: 'async.task.definition',
  TASK_CHAIN: 'async.task.chain',
  /** Where a task that is still pending waits, as `file:line:column`; told by compiled code. */
  TASK_WAITS_AT: 'async.task.waits_at',
  TASK_SITE: 'async.task.site',
  TRACE_DETAIL: 'async.trace.detail',
  CODE_FUNCTION_NAME: 'code.function.name',
  CODE_FILE_PATH: 'code.file.path',
  CODE_LINE_NUMBER: 'code.line.number',
  CODE_COLUMN_NUMBER: 'code.column.number',
  CODE_STACKTRACE: 'code.stacktrace',
  ERROR_TYPE: 'error.type',
  ERROR_ORIGIN: 'async.error.origin',
  REJECTION_HANDLED_AFTER: 'async.rejection.handled_after',
  EXCEPTION_TYPE: 'exception.type',
  EXCEPTION_MESSAGE: 'exception.message',
  EXCEPTION_STACKTRACE: 'exception.stacktrace',
  EVENT_NAME: 'event.name',
  BLOCK_CAUSE: 'async.block.cause',
  BLOCK_DURATION: 'async.block.duration',
  BLOCK_ID: 'async.block.id',
  BLOCK_PHASE: 'async.block.phase',
  BLOCK_SITES: 'async.block.sites',
  SPAN_CUT_OFF: 'async.span.cut_off',
  BLOCK_STARTUP: 'async.block.startup',
  CALLBACK_DURATION: 'async.callback.duration',
  CALLBACK_BUSIEST: 'async.callback.busiest',
  CALLBACK_BUSIEST_TIME: 'async.callback.busiest_time',
  CALLBACK_GC_TIME: 'async.callback.gc_time',
  CALLBACK_STARVED_TIME: 'async.callback.starved_time',
  /** How long nothing at all happened in the trace of a stuck task, at least. */
  STUCK_DURATION: 'async.stuck.duration',
  /** What it waits for, as `name (file:line:column)`, where that is a task. */
  STUCK_WAITS_FOR: 'async.stuck.waits_for',
  TASK_AGE: 'async.task.age',
  SYNC_IO_CALL: 'async.sync_io.call',
  SYNC_IO_DURATION: 'async.sync_io.duration',
  RECORDING_NAME: 'async.recording.name',
  RECORDING_REASON: 'async.recording.reason',
  RECORDING_EVENTS: 'async.recording.events',
  RECORDING_TASKS_LEFT_OUT: 'async.recording.tasks_left_out',
  RECORDING_RUNNING: 'async.recording.running',
  FINDING_TYPE: 'async.finding.type',
  FINDING_CERTAINTY: 'async.finding.certainty',
  FOLDED_COUNT: 'async.folded_count',
  SHED_REASON: 'async.self.shed.reason',
  THREAD_ID: 'async.thread.id',
  EVENT_LOOP_STATE: 'nodejs.eventloop.state',
  SERVICE_INSTANCE_ID: 'service.instance.id',
} as const;

export const METRIC = {
  EVENT_LOOP_LAG: 'async.event_loop.lag',
  EVENT_LOOP_BLOCKED: 'async.event_loop.blocked',
  EVENT_LOOP_BLOCKED_CURRENT: 'async.event_loop.blocked.current',
  NODE_DELAY_MIN: 'nodejs.eventloop.delay.min',
  NODE_DELAY_MAX: 'nodejs.eventloop.delay.max',
  NODE_DELAY_MEAN: 'nodejs.eventloop.delay.mean',
  NODE_DELAY_STDDEV: 'nodejs.eventloop.delay.stddev',
  NODE_DELAY_P50: 'nodejs.eventloop.delay.p50',
  NODE_DELAY_P90: 'nodejs.eventloop.delay.p90',
  NODE_DELAY_P99: 'nodejs.eventloop.delay.p99',
  NODE_UTILIZATION: 'nodejs.eventloop.utilization',
  NODE_TIME: 'nodejs.eventloop.time',
  TASK_ACTIVE: 'async.task.active',
  TASK_CREATED: 'async.task.created',
  TASK_DURATION: 'async.task.duration',
  FINDING: 'async.finding',
  UNHANDLED_ERROR: 'async.unhandled_error',
  SELF_OVERHEAD: 'async.self.overhead',
  SELF_SHED: 'async.self.shed',
} as const;

export const EVENT = {
  EXCEPTION: 'exception',
  REJECTION_HANDLED_LATE: 'async.rejection.handled_late',
  EVENT_LOOP_BLOCKED: 'async.event_loop.blocked',
  CALLBACK_SLOW: 'async.callback.slow',
  SYNC_IO: 'async.sync_io',
  RECORDING_TASK: 'async.recording.task',
  TASK_STUCK: 'async.task.stuck',
  TASK_SETTLED_LATE: 'async.task.settled_late',
  TRACE_SHED: 'async.trace.shed',
} as const;

/** Spans of ours that are no tasks. */
export const SPAN = {
  EVENT_LOOP_BLOCKED: 'async.event_loop.blocked',
  RECORDING: 'async.recording',
} as const;

export type BlockCause =
  | 'javascript'
  | 'sync_io'
  | 'gc'
  | 'native'
  | 'many_short_runs'
  | 'suspended'
  | 'cpu_starved';
