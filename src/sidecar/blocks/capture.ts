import { isSpanContextValid, trace } from '@opentelemetry/api';
import { asSelf } from '../../base/self.js';
import type { TaskRegistry } from '../../tasks/registry.js';
import { captureFrames } from '../../tasks/sites/capture.js';
import type { OtelAccess } from '../../telemetry/otel-access.js';
import type { Stop } from '../../types.js';
import { markDebugger } from '../debugger-mark.js';
import { CAPTURE_SLOT, type Capture } from '../protocol.js';
import { type SharedMemory, sharedNow, THREAD, wordOf } from '../shared-memory.js';

const DEPTH = 100;

export interface WatchedRow {
  memory: SharedMemory;
  row: number;
}

/**
 * Puts a function on `globalThis` that tells, when called in the midst of whatever runs, what that is. The sidecar
 * calls it with `Runtime.evaluate`: V8 runs that at the next interrupt check of the blocking code, on its stack and in
 * its async context. So nothing is ever paused, there is nothing to resume, and a sidecar that dies at any moment
 * leaves no trace. It takes a third of a millisecond. `blocked` is called at that moment and must not throw.
 */
export function installCapture(
  { memory, row }: WatchedRow,
  otel: OtelAccess,
  tasks: TaskRegistry,
  blocked: () => void = () => {},
): Stop {
  const stringify = JSON.stringify;
  let runs = 0;
  const ended = () => {
    runs++;
  };
  function take(): string {
    return asSelf(() => {
      const frames = captureFrames(take, DEPTH);
      blocked();
      const debuggerOpen = markDebugger(memory);
      const active = otel.activeContext();
      const span = active && trace.getSpanContext(active);
      const capture: Capture = {
        atMs: sharedNow(memory),
        beat: Atomics.load(memory.words, wordOf(row, THREAD.BEAT)),
        frames,
        truncated: frames.length >= DEPTH,
        runs,
        trace:
          span && isSpanContextValid(span)
            ? { traceId: span.traceId, spanId: span.spanId, traceFlags: span.traceFlags }
            : undefined,
        task: tasks.current(),
        debugger: debuggerOpen,
      };
      // a microtask runs when the code that is running now has returned: the next capture knows it as another run
      void Promise.resolve().then(ended);
      return stringify(capture);
    });
  }
  const holder = globalThis as Record<symbol, unknown>;
  const slot = Symbol.for(CAPTURE_SLOT);
  Object.defineProperty(holder, slot, { value: take, configurable: true });
  return () => {
    if (holder[slot] === take) delete holder[slot];
  };
}
