/** One program that dies, as its own output tells it. */
import { type ProgramRun, runProgram } from '../program.js';

/** The five ways to die; the last one is no error, but spans would be lost all the same. */
export const CRASH_KINDS = ['throw', 'reject', 'next-tick', 'throw-string', 'exit'] as const;
export type CrashKind = (typeof CRASH_KINDS)[number];

export interface Crash {
  kind: CrashKind;
  run: ProgramRun;
  traceId: string;
  /** When it failed, in milliseconds since the epoch. */
  failedAt: number;
}

export async function crash(kind: CrashKind, node: string, env: NodeJS.ProcessEnv): Promise<Crash> {
  const run = await runProgram('sidecar/crasher.mjs', [kind], env, [], node).finished;
  return {
    kind,
    run,
    traceId: /trace (\w+)/.exec(run.stdout)?.[1] ?? 'no trace',
    failedAt: Number(/fails (\d+)/.exec(run.stdout)?.[1]),
  };
}

/** Without what differs from run to run, and the frames of Node's own. */
export function comparable({ code, signal, stdout, stderr }: ProgramRun): object {
  return { code, signal, stdout: bare(stdout), stderr: bare(stderr) };
}

function bare(text: string): string {
  return text
    .replace(/\b[0-9a-f]{13,32}\b/g, 'N')
    .split('\n')
    .filter((line) => !/^ +at .*node:/.test(line))
    .join('\n');
}
