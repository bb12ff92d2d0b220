/** Loaded before the shop (`node --import ./tracing.js server.js`). Where telemetry goes, the OTEL_* variables say. */
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { AsyncInstrumentation } from 'opentelemetry-instrumentation-async';

const sdk = new NodeSDK({ instrumentations: [new HttpInstrumentation(), new AsyncInstrumentation()] });
sdk.start();
process.once('beforeExit', () => sdk.shutdown());
