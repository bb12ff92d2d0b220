import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { AsyncInstrumentation } from 'opentelemetry-instrumentation-async';

const resource = resourceFromAttributes({ 'service.name': 'shop' });
const spanProcessors = [new BatchSpanProcessor(new OTLPTraceExporter())];
new NodeTracerProvider({ resource, spanProcessors }).register();
registerInstrumentations({ instrumentations: [new HttpInstrumentation(), new AsyncInstrumentation()] });
