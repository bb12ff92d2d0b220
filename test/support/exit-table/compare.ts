import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type ExitCase, nameOf } from './cases.js';

export interface Outcome {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

export interface Comparison {
  cases: number;
  /** What differs, ready to be read. */
  differences: string[];
  /** Cases in which the package wrote a record. */
  recorded: number;
  /** Cases where a listener of the application's threw, and our frame stands in the stack that Node prints of it. */
  frames: number;
}

/** Everything but the errors feature off. */
export const ERRORS_ALONE = {
  spans: { enabled: false },
  eventLoop: { enabled: false },
  watchdog: { enabled: false },
  syncIo: { enabled: false },
};

/** A guard against programs that never end; on a machine with much else to do one takes half a minute to start. */
const TIMEOUT_MS = 180_000;
const fixture = (name: string) =>
  fileURLToPath(new URL(`../../../../test/fixtures/exit-table/${name}`, import.meta.url));

/** Runs each program with and without the package on one Node and compares what can be seen from outside. */
export async function compareExits(
  node: string,
  cases: readonly ExitCase[],
  config: object = ERRORS_ALONE,
): Promise<Comparison> {
  const comparison: Comparison = { cases: cases.length, differences: [], recorded: 0, frames: 0 };
  const queue = [...cases];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await compareOne(node, next, config, comparison);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return comparison;
}

async function compareOne(node: string, one: ExitCase, config: object, into: Comparison): Promise<void> {
  const bare = await run(node, 'bare.mjs', one, config);
  const ours = await run(node, 'ours.mjs', one, config);
  if (ours.records !== '') into.recorded++;
  if (OUR_FRAME.test(ours.outcome.stderr)) into.frames++;
  const alone = config === ERRORS_ALONE;
  const expected = normalise(bare.outcome, alone);
  const actual = normalise(ours.outcome, alone);
  for (const key of ['code', 'signal', 'stdout', 'stderr'] as const) {
    if (expected[key] === actual[key]) continue;
    into.differences.push(
      `${nameOf(one)}: ${key}\n  without: ${JSON.stringify(expected[key])}\n  with:    ${JSON.stringify(actual[key])}`,
    );
  }
}

async function run(node: string, preload: string, { mode, listeners, failure }: ExitCase, config: object) {
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    EXIT_TABLE_CONFIG: JSON.stringify(config),
    EXIT_TABLE_BEFORE: listeners.endsWith('-before') ? listeners : '',
  };
  const flags = mode === 'default' ? [] : [`--unhandled-rejections=${mode}`];
  const early = ['--require', fixture('listeners.cjs'), '--import', fixture(preload)];
  const child = spawn(node, [...flags, ...early, fixture('program.cjs'), listeners, failure], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const texts = ['', '', '', ''];
  for (const fd of [1, 2, 3]) {
    child.stdio[fd]?.on('data', (chunk: Buffer) => {
      texts[fd] += chunk.toString();
    });
  }
  return new Promise<{ outcome: Outcome; records: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const [, stdout = '', stderr = '', records = ''] = texts;
      resolve({ outcome: { code, signal, stdout, stderr }, records });
    });
  });
}

/** The one line that is ours in the stack of an error born below `process.emit`. */
const OUR_FRAME = /^ +at process\.emit \(file:.*\/dist\/probes\/process-emit\.js:\d+:\d+\)\n/gm;

/** Which of Node's loops ran the microtasks; any timer that is due at the same moment, as our lag probe, changes that. */
const LOOP_FRAME =
  /^ +at (process\.)?(processTicksAndRejections|runNextTicks|processTimers|listOnTimeout) \(node:.*\)/gm;

function normalise({ code, signal, stdout, stderr }: Outcome, alone: boolean): Outcome {
  const same = (text: string) => text.replace(/\(node:\d+\)/g, '(node:PID)');
  let errors = same(stderr).replace(OUR_FRAME, '');
  if (!alone)
    errors = errors
      .replace(LOOP_FRAME, '')
      .replace(/\n{2,}/g, '\n')
      .replace(/\n( \{)/g, '$1');
  return { code, signal, stdout: same(stdout), stderr: errors };
}
