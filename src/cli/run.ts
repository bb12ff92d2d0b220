import { parseArgs } from 'node:util';
import { VERSION } from '../version.js';
import { type Command, UsageError } from './command.js';
import { COMMANDS } from './commands.js';
import { print, type Terminal } from './terminal.js';

/** Runs one command line and gives the exit code: 0, 1 if it failed, 2 if it was not understood. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    terminal.stderr.write(`otel-async: ${error.message}\n`);
    return error.exitCode;
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    print(terminal, overview());
    return first === undefined ? 2 : 0;
  }
  if (first === '--version' || first === '-v') {
    print(terminal, [VERSION]);
    return 0;
  }
  const command = COMMANDS.find((one) => one.name === first);
  if (command === undefined) {
    const names = COMMANDS.map((one) => one.name).join(', ');
    throw new UsageError(`there is no command ${JSON.stringify(first)}; the commands are: ${names}`);
  }
  const { values, positionals } = parse(command, rest);
  if (values.help === true) {
    print(terminal, helpOf(command));
    return 0;
  }
  if (command.operands === '' && positionals.length > 0) {
    throw new UsageError(`${command.name} takes no ${JSON.stringify(positionals[0])}`);
  }
  return command.run(values, positionals, terminal);
}

function parse(command: Command, args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, ...command.options },
    });
    return { values: values as Record<string, string | boolean | undefined>, positionals };
  } catch (error) {
    throw new UsageError(`${(error as Error).message} (otel-async ${command.name} --help)`);
  }
}

function overview(): string[] {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  return [
    'Usage: otel-async COMMAND [options]',
    '',
    ...COMMANDS.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'otel-async COMMAND --help tells more; otel-async --version tells the version.',
  ];
}

function helpOf(command: Command): string[] {
  const rows = Object.entries(command.options).map(([name, option]) => {
    const fallback = option.default === undefined ? '' : ` (default ${option.default})`;
    return [`--${name}${option.value ? ` ${option.value}` : ''}`, option.doc + fallback] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    `Usage: otel-async ${[command.name, command.operands, '[options]'].filter(Boolean).join(' ')}`,
    '',
    `${command.summary[0]?.toUpperCase()}${command.summary.slice(1)}.`,
    '',
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
  ];
}
