/**
 * Zero code: `node --import opentelemetry-instrumentation-async/register app.js`, or `--require`, or in
 * `NODE_OPTIONS`. Runs in every thread, so that each event loop is measured.
 *
 * Uses the OpenTelemetry SDK that is already running, such as one from an earlier
 * `--import @opentelemetry/auto-instrumentations-node/register`. Where none is, it starts the one installed in the
 * application (SDK 2 or SDK 3) with traces, metrics and logs over OTLP, as the standard `OTEL_*` variables say; and
 * where the application registers its own later, that one takes over and ours is flushed and shut down.
 * `OTEL_NODE_ASYNC_START_SDK` = `auto`, `true` (ours stays) or `false` (never start one) decides otherwise.
 *
 * Task spans belong to traces, and traces begin somewhere: if `@opentelemetry/auto-instrumentations-node` is
 * installed in the application it is loaded (`OTEL_NODE_ENABLED_INSTRUMENTATIONS` and
 * `OTEL_NODE_DISABLED_INSTRUMENTATIONS` choose among its parts), else `@opentelemetry/instrumentation-http` and
 * `instrumentation-undici` are, where installed. With none of these there are lag metrics and errors, and spans
 * inside the traces that the application makes itself; in debug mode every task is a span, root spans included.
 */
import { register } from './register/main.js';

register();
