/** Some processes that run tests side by side. One that hangs or dies is replaced, and its test is told apart. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { HostMessage, Verdict } from './host.js';
import type { Test262 } from './selection.js';

const HOST = fileURLToPath(new URL('host.js', import.meta.url));
const TEST_LIMIT_MS = 30_000;

export interface PoolOptions {
  checkout: string;
  /** A module with `compile` and `prepare`. */
  compiler: string;
  node: string;
  processes: number;
}

export interface Judged {
  test: Test262;
  /** `undefined`: the test as it is hangs or kills its process, so there is nothing to compare with. */
  verdict: Verdict | undefined;
}

export async function judge(
  tests: readonly Test262[],
  options: PoolOptions,
  judged: (result: Judged) => void,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    let host = startHost(options);
    for (let test = tests[next++]; test !== undefined; test = tests[next++]) {
      const verdict = await ask(host, test);
      judged({ test, verdict: verdict === 'gone' ? undefined : verdict });
      if (!host.connected || host.killed) host = startHost(options);
    }
    host.kill();
  };
  await Promise.all(Array.from({ length: options.processes }, lane));
}

function startHost({ node, checkout, compiler }: PoolOptions): ChildProcess {
  return fork(HOST, [checkout, compiler], {
    execPath: node,
    execArgv: ['--experimental-vm-modules', '--expose-gc', '--no-warnings', '--stack-size=900'],
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: 'ignore',
  });
}

function ask(host: ChildProcess, test: Test262): Promise<Verdict | 'gone'> {
  return new Promise((resolve) => {
    let compiling = false;
    const finish = (verdict: Verdict | 'gone') => {
      clearTimeout(timer);
      host.off('message', hear).off('exit', gone);
      resolve(verdict);
    };
    const hear = (message: HostMessage) => {
      if ('verdict' in message) finish(message.verdict);
      else compiling = true;
    };
    const gone = (code: number | null, signal: string | null) => {
      const how = `the process ended with ${signal ?? `exit code ${code}`}`;
      finish(compiling ? { passes: true, different: [how] } : 'gone');
    };
    const timer = setTimeout(() => host.kill('SIGKILL'), TEST_LIMIT_MS);
    host.on('message', hear).on('exit', gone);
    host.send(test);
  });
}
