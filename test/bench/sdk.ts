import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type ReadableSpan,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';

export interface Exported {
  spans: number;
  taskSpans: number;
}

const SLOT = Symbol.for('opentelemetry-instrumentation-async.bench');

/** What this process exported so far. */
export function exported(): Exported {
  const slots = globalThis as { [SLOT]?: Exported };
  slots[SLOT] ??= { spans: 0, taskSpans: 0 };
  return slots[SLOT];
}

/** The SDK as an application has it, with an exporter that counts and throws away. */
export function startSdk(ratio: number): void {
  const counts = exported();
  const exporter = {
    export(batch: ReadableSpan[], done: (result: { code: number }) => void) {
      counts.spans += batch.length;
      for (const span of batch) if ('async.task.id' in span.attributes) counts.taskSpans++;
      done({ code: 0 });
    },
    shutdown: async () => {},
  };
  new NodeTracerProvider({
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  }).register();
  registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });
}
