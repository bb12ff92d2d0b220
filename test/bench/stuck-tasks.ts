/** `npm run bench:stuck`: what looks for stuck tasks cost, where so many tasks wait and nothing happens. */
import { StuckTasks, type TraceUnderWay } from '../../src/detectors/stuck-tasks.js';
import { type NewTask, TaskRegistry } from '../../src/tasks/registry.js';
import { captureFrames } from '../../src/tasks/sites/capture.js';
import type { Task, TaskScope } from '../../src/tasks/task.js';

const OF_A_TRACE = 2_000;
const THRESHOLD_MS = 1_000;
const ROUNDS = 20;

let nowMs = 0;
const registry = new TaskRegistry(() => nowMs);
const site = captureFrames(() => undefined, 1)[0] ?? captureFrames(captureFrames, 1)[0];

/** Functions that have called each other, by the pair, the inner one waiting for a promise. */
function traceOf(count: number): TraceUnderWay {
  const tasks: Task[] = [];
  const timers = new Set<Task>();
  const scope: TaskScope = {
    closed: false,
    timers,
    added: (task) => void tasks.push(task),
    ended() {},
    identity: () => undefined,
  };
  const facts: NewTask = { kind: 'promise', type: 'PROMISE', name: 'reply', ownership: 'user', site };
  const called: NewTask = { ...facts, kind: 'async_function', name: 'f', definition: site };
  while (tasks.length < count) {
    const functions = [called, called].map((one) => {
      const task = registry.create({ scope, spanId: '' }, one);
      registry.enter(task);
      return task;
    });
    registry.create({ scope, spanId: '' }, facts).observed = true;
    for (const task of functions.reverse()) registry.leave(task);
  }
  return { closed: false, tasks, timers, shed: 0, unseen: 0, expected: true };
}

/** Processor time of the thread and of the collector's: what other processes take does not count. */
const spentMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
const millis = (ms: number) => `${ms.toFixed(2)} ms`;

for (const count of [10_000, 1_000_000]) {
  const traces = Array.from({ length: count / OF_A_TRACE }, () => traceOf(OF_A_TRACE));
  const detector = new StuckTasks();
  const look = (name: string, passMs: number) => {
    nowMs += passMs;
    const pieces: number[] = [];
    let found = 0;
    let before = spentMs();
    for (const one of detector.look(traces, nowMs, THRESHOLD_MS)) {
      if (one !== undefined) {
        found++;
        continue;
      }
      const now = spentMs();
      pieces.push(now - before);
      before = now;
    }
    pieces.push(spentMs() - before);
    const sum = pieces.reduce((all, piece) => all + piece, 0);
    const middle = pieces.sort((a, b) => a - b)[Math.floor(pieces.length / 2)] ?? 0;
    if (name)
      console.log(
        `  ${name}: ${millis(sum)} in ${pieces.length} pieces, median ${millis(middle)}; ${found} found`,
      );
  };
  console.log(`${count} tasks`);
  look('first look', 250);
  for (let round = 0; round < ROUNDS; round++) look('', 1);
  look('nothing has changed', 1);
  look('who waits', THRESHOLD_MS / 2);
  look('found', THRESHOLD_MS);
}
