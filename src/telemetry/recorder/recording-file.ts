import { rmSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { process } from '../../base/process.js';
import { asSelf } from '../../base/self.js';
import type { FlightEvent, Recording } from '../../tasks/recorder/flight-reader.js';
import type { TaskLabel } from './timeline.js';

const OWNER_ALONE = 0o600;

/** Writes a recording as JSON, for the owner of the process alone. A file that is there is replaced. */
export function writeRecording(
  file: string,
  recording: Recording,
  labelOf: (label: number) => TaskLabel,
): void {
  const { fromMs, untilMs, events, running } = recording;
  const told = {
    format: 'opentelemetry-instrumentation-async recording',
    version: 1,
    pid: process.pid,
    thread: threadId,
    node: process.version,
    fromMs,
    untilMs,
    events: events.map((event) => toJson(event, labelOf)),
    running: running.map(({ task, label, fromMs: since }) => ({
      task,
      ...placed(labelOf(label)),
      sinceMs: since,
    })),
  };
  asSelf(() => {
    // never into a file, or through a link, that somebody else has put there
    rmSync(file, { force: true });
    writeFileSync(file, `${JSON.stringify(told, undefined, 1)}\n`, { mode: OWNER_ALONE, flag: 'wx' });
  });
}

function toJson({ label, ...event }: FlightEvent, labelOf: (label: number) => TaskLabel): object {
  const error = event.what === 'failed' ? { error: labelOf(event.error).name } : undefined;
  return { ...event, ...placed(labelOf(label)), ...error };
}

function placed({ name, attributes }: TaskLabel): object {
  return { name, attributes };
}
