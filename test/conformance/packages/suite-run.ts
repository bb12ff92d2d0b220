/** Runs a package's suite once. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countEntries } from '../../support/compiled-run.js';
import type { Suite } from './suites.js';
import { type Ending, readTap } from './tap.js';

const REGISTER = fileURLToPath(new URL('../../../../dist/register.js', import.meta.url));

/** As it is; with debug mode, whose sites come from hooks; with debug mode and compiled sites. */
export const WAYS = ['bare', 'hooks', 'compiled'] as const;
export type Way = (typeof WAYS)[number];

export interface SuiteRun {
  endings: Map<string, Ending>;
  /** Modules that were compiled, over all processes: each has an entry in the loader's cache. */
  modules: number;
  seconds: number;
  output: string;
}

const SUITE_LIMIT_MS = 30 * 60_000;

export async function runSuite(
  suite: Suite,
  folder: string,
  node: string,
  way: Way,
  register = REGISTER,
): Promise<SuiteRun> {
  const started = performance.now();
  const cache = mkdtempSync(join(tmpdir(), 'otel-async-cache-'));
  let output = '';
  try {
    for (const args of suite.runs)
      output += await runOnce([...args], folder, node, environment(node, way, register, cache));
    const seconds = (performance.now() - started) / 1000;
    return { endings: readTap(output), modules: countEntries(cache).modules, seconds, output };
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

function runOnce(args: string[], folder: string, node: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: SUITE_LIMIT_MS,
      env,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject).on('close', () => resolve(output));
  });
}

function environment(node: string, way: Way, register: string, cache: string): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  const env = { PATH: dirname(node) + delimiter + PATH, HOME, CI: 'true' };
  if (way === 'bare') return env;
  return {
    ...env,
    NODE_OPTIONS: `--import ${register}`,
    OTEL_NODE_ASYNC_DEBUG: 'true',
    // suites that look at their own standard error want it to themselves
    OTEL_NODE_ASYNC_START_SDK: 'false',
    ...(way === 'compiled'
      ? { OTEL_NODE_ASYNC_SITES: 'compiled', OTEL_NODE_ASYNC_SITES_CACHE_FOLDER: cache }
      : {}),
  };
}
