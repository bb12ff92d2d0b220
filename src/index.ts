/**
 * opentelemetry-instrumentation-async: the lights of Node's event loop, as OpenTelemetry.
 *
 * The house, floor by floor (a lower floor never imports a higher one; `test/house` holds this):
 *
 *   0  base/, semconv.ts, types.ts   clock, guards, bounded collections; every name on the wire
 *   1  config/, otlp/, compiler/     the options table; OTLP's wire format; sites put into source text
 *   2  tasks/                        the task model: records, registry, call sites
 *   3  probes/                       report facts from Node, without an opinion
 *   4  detectors/                    compare tasks with rules, and find what is wrong
 *   5  telemetry/, sidecar/          emit OpenTelemetry (spans/, errors/, event-loop/); own the worker thread
 *   5  loader/                       compiles the user's modules while they load
 *   6  runtime.ts                    wires features to options: read it first
 *   7  instrumentation.ts, index.ts  OpenTelemetry's lifecycle; the public names
 *   8  register/, cli/, bundler/     start an SDK; the command `otel-async`; plugins of bundlers
 */

export type { AsyncInstrumentationConfig, Redact } from './config/options.js';
export { AsyncInstrumentation } from './instrumentation.js';
export { expectBlock } from './sidecar/watched-thread.js';
export type { EventRecord } from './types.js';
