/**
 * What both sides of a comparison are brought to: telemetry as the SDK held it in the application, and as a backend
 * gives it back. Ids are hexadecimal, times nanoseconds since 1970 as decimal strings, kinds and codes OTLP's numbers.
 */
export interface SpanFacts {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly start: string;
  readonly end: string;
  readonly attributes: Attributes;
  readonly status: { readonly code: number; readonly message: string };
  readonly events: readonly {
    readonly name: string;
    readonly time: string;
    readonly attributes: Attributes;
  }[];
  readonly scope: string;
  readonly resource: Attributes;
}

export interface LogFacts {
  readonly eventName: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: unknown;
  readonly time: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
  readonly scope: string;
  readonly resource: Attributes;
}

export interface MetricFacts {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly type: 'histogram' | 'gauge' | 'sum';
  readonly monotonic: boolean;
  readonly points: readonly PointFacts[];
  readonly scope: string;
  readonly resource: Attributes;
}

export interface PointFacts {
  readonly attributes: Attributes;
  readonly time: string;
  /** Of a gauge or sum. */
  readonly value?: number;
  /** Of a histogram; `counts` has one more than `boundaries`. */
  readonly histogram?: {
    readonly count: number;
    readonly sum: number;
    readonly boundaries: readonly number[];
    readonly counts: readonly number[];
  };
}

/** With sorted names. */
export type Attributes = Readonly<Record<string, unknown>>;

/** All that an application sent in one run. */
export interface Recording {
  readonly spans: SpanFacts[];
  readonly logs: LogFacts[];
  /** One list an export, in order. */
  readonly metrics: MetricFacts[][];
  /** What the OTLP exporters reported instead of success. */
  readonly failures: string[];
}

/** In a fixed order, to be compared with `deepEqual`. */
export function sortedSpans(spans: readonly SpanFacts[]): SpanFacts[] {
  return [...spans].sort((a, b) => compare(a.traceId + a.spanId, b.traceId + b.spanId));
}

export function sortedLogs(logs: readonly LogFacts[]): LogFacts[] {
  return [...logs].sort((a, b) => compare(a.time + String(a.body), b.time + String(b.body)));
}

export function sortedAttributes(attributes: Readonly<Record<string, unknown>>): Attributes {
  return Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => compare(a, b)));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
