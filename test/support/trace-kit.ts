/** Real SDK, in memory: runs a function inside a recorded trace and gives back what was exported. */
import assert from 'node:assert/strict';
import { type Context, context, type Span, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { AsyncInstrumentation, type AsyncInstrumentationConfig } from '../../src/index.js';
import { SCOPE } from '../../src/semconv.js';

export interface TraceKit {
  instrumentation: AsyncInstrumentation;
  /** Runs `body` in the context of a root span, ends the span when it settles, gives the task spans. */
  trace(body: (root: Span) => unknown): Promise<TaskTree>;
  spans(): ReadableSpan[];
  stop(): Promise<void>;
}

/** The spans of one trace. */
export class TaskTree {
  constructor(readonly all: readonly ReadableSpan[]) {}

  get root(): ReadableSpan {
    const root = this.all.find((span) => span.parentSpanContext === undefined);
    if (root === undefined) throw new Error('the trace has no root');
    return root;
  }

  get tasks(): ReadableSpan[] {
    return this.all.filter((span) => 'async.task.id' in span.attributes).sort(byTask);
  }

  named(name: string): ReadableSpan {
    const found = this.tasks.filter((span) => span.name === name);
    if (found.length !== 1) throw new Error(`${found.length} spans named ${name} in:\n${this.outline()}`);
    return found[0] as ReadableSpan;
  }

  /** `root > handler > query`, one line a task, in order of creation. */
  paths(): string[] {
    return this.tasks.map((span) => this.path(span));
  }

  path(span: ReadableSpan): string {
    const parent = this.all.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId);
    return parent === undefined ? span.name : `${this.path(parent)} > ${span.name}`;
  }

  outline(): string {
    return this.all.map((span) => this.path(span)).join('\n');
  }
}

export function startKit(config: AsyncInstrumentationConfig = {}): TraceKit {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  const instrumentation = new AsyncInstrumentation({
    watchdog: { enabled: false },
    eventLoop: { enabled: false },
    // what a test wants to see does not depend on how slow its machine is, or on the tests before it
    overheadBudget: 1,
    ...config,
    spans: { maxPerSecond: 100_000, ...config.spans },
  });
  instrumentation.setTracerProvider(provider);
  return {
    instrumentation,
    spans: () => exporter.getFinishedSpans(),
    async trace(body) {
      const tracer = trace.getTracer('test');
      const root = tracer.startSpan('root');
      const { traceId } = root.spanContext();
      const active: Context = trace.setSpan(context.active(), root);
      try {
        await context.with(active, () => body(root));
      } finally {
        root.end();
      }
      await new Promise((resolve) => setImmediate(resolve));
      return new TaskTree(
        exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId),
      );
    },
    async stop() {
      instrumentation.disable();
      await provider.shutdown();
      trace.disable();
      context.disable();
    },
  };
}

function byTask(a: ReadableSpan, b: ReadableSpan): number {
  return Number(a.attributes['async.task.id']) - Number(b.attributes['async.task.id']);
}

/** Milliseconds between two of the SDK's times. */
export function millisBetween(start: readonly [number, number], end: readonly [number, number]): number {
  return (end[0] - start[0]) * 1000 + (end[1] - start[1]) / 1e6;
}

/** No id twice, no orphan, nobody outside its parent by a clock's rounding. */
export function assertSound({ all }: TaskTree): void {
  const byId = new Map(all.map((one) => [one.spanContext().spanId, one]));
  assert.equal(byId.size, all.length, 'a span id was exported twice');
  for (const one of all) {
    const parentId = one.parentSpanContext?.spanId;
    if (parentId === undefined) continue;
    const parent = byId.get(parentId);
    assert.ok(parent, `${one.name} is an orphan`);
    // the SDK's own spans stick out of each other
    if (one.instrumentationScope.name !== SCOPE) continue;
    const early = millisBetween(one.startTime, parent.startTime);
    assert.ok(early <= 0 || early >= 1, `${one.name} starts ${early} ms before ${parent.name}`);
    const late = millisBetween(parent.endTime, one.endTime);
    assert.ok(late <= 0 || late >= 1, `${one.name} ends ${late} ms after ${parent.name}`);
  }
}
