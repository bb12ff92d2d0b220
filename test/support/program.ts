/** Runs a program of `test/fixtures` in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const fixturePath = (name: string) =>
  fileURLToPath(new URL(`../../../test/fixtures/${name}`, import.meta.url));
export const packageUrl = new URL('../../../dist/index.js', import.meta.url).href;
export const packageFolder = fileURLToPath(new URL('../../../dist/', import.meta.url));

export interface ProgramRun {
  stdout: string;
  stderr: string;
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Program {
  child: ChildProcess;
  /** What has been written so far. */
  run: ProgramRun;
  finished: Promise<ProgramRun>;
}

/** `options`: for Node itself, before the program. `PACKAGE_URL` names this package's entry to the program. */
export function runProgram(
  name: string,
  parameters: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
  options: readonly string[] = [],
  node = process.execPath,
): Program {
  const child = spawn(node, [...options, fixturePath(name), ...parameters], {
    env: { ...process.env, NODE_OPTIONS: '', PACKAGE_URL: packageUrl, ...env },
    timeout: 60_000,
    // SIGTERM some of them listen to
    killSignal: 'SIGKILL',
  });
  const run: ProgramRun = { stdout: '', stderr: '', code: null, signal: null };
  child.stdout.on('data', (chunk) => {
    run.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    run.stderr += chunk;
  });
  const finished = new Promise<ProgramRun>((resolve) => {
    child.on('close', (code, signal) => resolve(Object.assign(run, { code, signal })));
  });
  return { child, run, finished };
}
