/** One program that dies, as its own output tells it. */
import { type ProgramRun, runProgram } from '../program.js';

/** Ways to die; from `exit` on they are no errors, but spans would be lost all the same. */
export const CRASH_KINDS = [
  'throw',
  'reject',
  'next-tick',
  'throw-string',
  'exit',
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGTERM-blocked',
] as const;
export type CrashKind = (typeof CRASH_KINDS)[number];

export interface Crash {
  kind: CrashKind;
  run: ProgramRun;
  traceId: string;
  /** When it failed, in milliseconds since the epoch. */
  failedAt: number;
}

export async function crash(kind: CrashKind, node: string, env: NodeJS.ProcessEnv): Promise<Crash> {
  const program = runProgram('sidecar/crasher.mjs', [kind], env, [], node);
  const [signal] = kind.split('-') as [NodeJS.Signals];
  if (isSignal(kind)) {
    let isSent = false;
    program.child.stdout?.on('data', () => {
      if (isSent || !/^fails/m.test(program.run.stdout)) return;
      isSent = true;
      program.child.kill(signal);
    });
  }
  const run = await program.finished;
  return {
    kind,
    run,
    traceId: /trace (\w+)/.exec(run.stdout)?.[1] ?? 'no trace',
    failedAt: Number(/fails (\d+)/.exec(run.stdout)?.[1]),
  };
}

export function isSignal(kind: CrashKind): boolean {
  return kind.startsWith('SIG');
}

/** Without what differs from run to run, and the frames of Node's own. */
export function comparable({ code, signal, stdout, stderr }: ProgramRun): object {
  return { code, signal, stdout: bare(stdout), stderr: bare(stderr) };
}

/** Without Node's own frames, and without the one of ours below a listener. */
function bare(text: string): string {
  return text
    .replace(/\b[0-9a-f]{13,32}\b/g, 'N')
    .split('\n')
    .filter((line) => !/^ +at (.*node:|process\.emit \(.*\/process-emit\.js:)/.test(line))
    .join('\n');
}
