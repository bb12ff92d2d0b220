import { spawn } from 'node:child_process';

export interface Command {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Killed after this long. */
  readonly timeoutMs: number;
}

const KEPT_CHARACTERS = 4_000;
/** Hundreds of these would push the reason out. */
const PROGRESS = /^go: downloading .*\n?/gm;

/**
 * Runs a command to its end and gives back its standard output.
 *
 * @throws Error with the command line and the end of what it printed, when it cannot be started, fails or takes too long.
 */
export function run(file: string, args: readonly string[], command: Command): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: command.cwd,
      env: { ...process.env, ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: the compilers that `go` started go with it.
      detached: true,
    });
    let output = '';
    let tail = '';
    let timedOut = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      tail = (tail + text.replace(PROGRESS, '')).slice(-KEPT_CHARACTERS);
    });
    const stop = () => killGroup(child.pid);
    process.once('exit', stop);
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, command.timeoutMs);
    const finish = (problem?: string) => {
      clearTimeout(timer);
      process.off('exit', stop);
      if (problem === undefined) resolve(output);
      else
        reject(new Error(`${file} ${args.join(' ')}: ${problem}\n${tail || output.slice(-KEPT_CHARACTERS)}`));
    };
    child.on('error', (error) => finish(error.message));
    child.on('close', (code, signal) => {
      if (timedOut) finish(`not done after ${command.timeoutMs / 1_000} s`);
      else finish(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`);
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}
