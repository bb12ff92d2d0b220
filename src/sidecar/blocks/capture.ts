import { trace } from '@opentelemetry/api';
import { monotonic } from '../../base/clock.js';
import { outside } from '../../base/outside.js';
import { asSelf } from '../../base/self.js';
import type { TaskRegistry } from '../../tasks/registry.js';
import { placeInFile } from '../../tasks/sites/in-file.js';
import { type RawFrame, rawFrames } from '../../tasks/sites/raw-frames.js';
import { bundledFilesSince } from '../../tasks/sites/source-maps.js';
import { userLibraryNames } from '../../tasks/sites/user-code.js';
import type { OtelAccess } from '../../telemetry/otel-access.js';
import type { Stop } from '../../types.js';
import { markDebugger } from '../debugger-mark.js';
import { CAPTURE_SLOT, type RawCapture } from '../protocol.js';
import { clockOffset, type SharedMemory, THREAD, wordOf } from '../shared-memory.js';

const DEPTH = 100;
/** So many names of files are told at once. */
const NAMES_AT_ONCE = 10_000;

export interface WatchedRow {
  memory: SharedMemory;
  row: number;
}

/**
 * Puts a function on `globalThis` that tells, when called in the midst of whatever runs, what that is. The sidecar
 * calls it with `Runtime.evaluate`: V8 runs that at the next interrupt check of the blocking code, on its stack and in
 * its async context. So nothing is ever paused, there is nothing to resume, and a sidecar that dies at any moment
 * leaves no trace. It takes a third of a millisecond.
 *
 * The midst may be that of a function of Node's, and those leave results in memory that their next call writes over: a
 * file's size was another file's, and a module was read in half. So nothing of Node's that does is called here; what
 * has to be read and worked out, the sidecar reads and works out.
 */
export function installCapture({ memory, row }: WatchedRow, otel: OtelAccess, tasks: TaskRegistry): Stop {
  const stringify = JSON.stringify;
  const offsetMs = clockOffset(memory);
  const runs = new RunCounter();
  /** `known`: how many names of bundled files the sidecar has of this thread. */
  function take(known: number): string {
    return asSelf(() => {
      const frames = rawFrames(take, DEPTH);
      for (let i = 0; i < frames.length; i++) placeInFile(frames[i] as RawFrame);
      const debuggerOpen = markDebugger(memory);
      const active = otel.activeContext();
      const span = active && trace.getSpanContext(active);
      const capture: RawCapture = {
        atMs: (monotonic() + offsetMs) | 0,
        beat: Atomics.load(memory.words, wordOf(row, THREAD.BEAT)),
        frames,
        libraries: userLibraryNames(),
        bundled: bundledFilesSince(known, NAMES_AT_ONCE),
        truncated: frames.length >= DEPTH,
        runs: runs.count,
        trace: span && { traceId: span.traceId, spanId: span.spanId, traceFlags: span.traceFlags },
        task: tasks.sketchCurrent(),
        debugger: debuggerOpen,
      };
      runs.seen();
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

/**
 * Counts the runs in which it was asked: a microtask runs when the code that is running now has returned. The promise is
 * there before it is needed, since to make one calls the application's async hooks.
 */
class RunCounter {
  count = 0;
  seen: () => void = () => {};

  constructor() {
    this.#await();
  }

  #await(): void {
    asSelf(() =>
      outside(() => {
        const run = new Promise<void>((resolve) => {
          this.seen = resolve;
        });
        void run.then(() => this.#ended());
      }),
    );
  }

  #ended(): void {
    this.count++;
    this.#await();
  }
}
