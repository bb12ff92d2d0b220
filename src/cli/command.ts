import type { ParseArgsConfig } from 'node:util';
import type { Terminal } from './terminal.js';

/** A problem that is the user's to solve: printed as one line, exit code `exitCode`. */
export class UsageError extends Error {
  constructor(
    message: string,
    readonly exitCode = 2,
  ) {
    super(message);
  }
}

type OptionRow = NonNullable<ParseArgsConfig['options']>[string] & {
  /** What stands for the value in `--help`. */
  value?: string;
  doc: string;
};

/** A subcommand of `otel-async`: one row of the table in `commands.ts`. */
export interface Command {
  name: string;
  /** Positional arguments as `--help` shows them; empty if there are none. */
  operands: string;
  summary: string;
  options: Record<string, OptionRow>;
  /** Gives the exit code. @throws UsageError */
  run(
    values: Record<string, string | boolean | undefined>,
    operands: string[],
    terminal: Terminal,
  ): Promise<number>;
}
