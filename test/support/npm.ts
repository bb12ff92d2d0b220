/** npm as a child process, on any of the Nodes. */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

export interface NpmResult {
  status: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs npm in `cwd`. `node` is the binary that runs it: npm leaves out versions that do not suit the Node it runs
 * on without a word, so what an application for Node 22 gets must not be chosen by Node 20.
 *
 * @throws Error with npm's output when it fails, unless `mayFail`.
 */
export function npm(
  args: readonly string[],
  options: { cwd: string; node?: string; mayFail?: boolean },
): NpmResult {
  const node = options.node ?? process.execPath;
  // `npm run -s` would silence the npm inside it
  const run = spawnSync(node, [npmCli(), '--loglevel=notice', ...args], {
    cwd: options.cwd,
    env: { ...withoutNpmVariables(), PATH: dirname(node) + delimiter + process.env.PATH },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 300_000,
  });
  const result = { status: run.status ?? 1, stdout: run.stdout ?? '', stderr: run.stderr ?? '' };
  if (result.status !== 0 && options.mayFail !== true) {
    throw new Error(`npm ${args.join(' ')} failed in ${options.cwd}:\n${result.stderr}\n${result.stdout}`);
  }
  return result;
}

/** Those that `npm run` sets would steer the inner npm into this repository. */
function withoutNpmVariables(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|INIT_CWD|NODE_OPTIONS)/i.test(name)),
  );
}

function npmCli(): string {
  const given = process.env.npm_execpath;
  if (given !== undefined && /npm-cli\.js$/.test(given)) return given;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(folder, 'npm');
    if (!existsSync(candidate)) continue;
    const real = realpathSync(candidate);
    if (real.endsWith('npm-cli.js')) return real;
    const beside = join(dirname(real), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
    if (existsSync(beside)) return beside;
  }
  throw new Error('npm is not on the PATH');
}
