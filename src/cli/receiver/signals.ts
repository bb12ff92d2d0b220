import { signalPath } from '../../config/otlp-target.js';
import type {
  LogsRequest,
  LogsResponse,
  MetricsRequest,
  MetricsResponse,
  TracesRequest,
  TracesResponse,
} from '../../otlp/messages.js';
import type { Schema } from '../../otlp/schema.js';
import {
  LOGS_REQUEST,
  LOGS_RESPONSE,
  METRICS_REQUEST,
  METRICS_RESPONSE,
  TRACES_REQUEST,
  TRACES_RESPONSE,
} from '../../otlp/tables.js';

/** What a consumer could not take, and why; `undefined` if it took all. */
export type Rejection = { count: number; reason: string } | undefined;

/** Takes what was received. */
export interface Sink {
  traces(request: TracesRequest): Rejection;
  metrics(request: MetricsRequest): Rejection;
  logs(request: LogsRequest): Rejection;
}

export interface Signal {
  path: string;
  request: Schema<object>;
  response: Schema<object>;
  take(sink: Sink, request: object): Rejection;
  answer(rejected: bigint, errorMessage: string): object;
}

function signal<Q extends object, A extends object>(
  path: string,
  request: Schema<Q>,
  response: Schema<A>,
  take: (sink: Sink, request: Q) => Rejection,
  answer: (rejected: bigint, errorMessage: string) => A,
): Signal {
  return {
    path,
    request: request as unknown as Schema<object>,
    response: response as unknown as Schema<object>,
    take: take as Signal['take'],
    answer,
  };
}

/** OTLP/HTTP's three addresses. */
export const SIGNALS: readonly Signal[] = [
  signal<TracesRequest, TracesResponse>(
    signalPath('traces'),
    TRACES_REQUEST,
    TRACES_RESPONSE,
    (sink, request) => sink.traces(request),
    (rejectedSpans, errorMessage) => ({ partialSuccess: { rejectedSpans, errorMessage } }),
  ),
  signal<MetricsRequest, MetricsResponse>(
    signalPath('metrics'),
    METRICS_REQUEST,
    METRICS_RESPONSE,
    (sink, request) => sink.metrics(request),
    (rejectedDataPoints, errorMessage) => ({ partialSuccess: { rejectedDataPoints, errorMessage } }),
  ),
  signal<LogsRequest, LogsResponse>(
    signalPath('logs'),
    LOGS_REQUEST,
    LOGS_RESPONSE,
    (sink, request) => sink.logs(request),
    (rejectedLogRecords, errorMessage) => ({ partialSuccess: { rejectedLogRecords, errorMessage } }),
  ),
];
