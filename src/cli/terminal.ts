import type { Writable } from 'node:stream';
import { type Look, lookOf } from './view/look.js';

/** What a command may touch of the process. Tests hand in their own. */
export interface Terminal {
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: NodeJS.WritableStream;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Resolves when the user wants the command to end; asked for, it replaces Node's own way of ending. */
  interrupted(): Promise<void>;
}

/** Text that a slow reader has not taken yet, in bytes; beyond it lines are left out instead of kept in memory. */
const BACKLOG = 4 * 1024 * 1024;

export function print(terminal: Terminal, lines: readonly string[]): boolean {
  const { stdout } = terminal;
  if (stdout.writableLength > BACKLOG) return false;
  stdout.write(`${lines.join('\n')}\n`);
  return true;
}

export function look(terminal: Terminal): Look {
  return lookOf(terminal.stdout, terminal.env, terminal.cwd);
}
