/** Benchmarked processes, from the runner's side. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { type Arm, environmentOf } from './modes.js';

export interface Bench {
  /** The Node to measure. */
  node: string;
  /** Folder with the peers' packages. */
  peers?: string;
  /** Milliseconds that a program measures. */
  ms: number;
}

const PRELOAD = new URL('preload.js', import.meta.url).href;
const programFile = (name: string) => fileURLToPath(new URL(`programs/${name}.js`, import.meta.url));
const CONNECTIONS = 50;

function start(bench: Bench, program: string, arm: Arm, sdk: boolean): ChildProcess {
  return spawn(bench.node, ['--import', PRELOAD, programFile(program)], {
    env: { ...environmentOf(arm, sdk, bench.peers), BENCH_MS: String(bench.ms) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** The figure that `program` prints. */
export async function runProgram(bench: Bench, program: string, arm: Arm): Promise<number> {
  const child = start(bench, program, arm, false);
  let out = '';
  child.stdout?.on('data', (data) => {
    out += data;
  });
  const [code] = await once(child, 'close');
  const line = out.split('\n').find((text) => text.startsWith('{"value"'));
  if (line === undefined) throw new Error(`${program}, ${arm.mode}: exit ${code} without a figure`);
  return (JSON.parse(line) as { value: number }).value;
}

export interface ServiceState {
  requests: number;
  spans: number;
  taskSpans: number;
  cpuUs: number;
  rss: number;
}

export interface Load extends ServiceState {
  perSecond: number;
  cpuUsPerRequest: number;
}

/** The HTTP service, its load on call. */
export class Service {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: Interface,
    private readonly url: string,
  ) {}

  static async start(bench: Bench, arm: Arm): Promise<Service> {
    const child = start(bench, 'http-service', arm, true);
    const lines = createInterface(child.stdout as NonNullable<ChildProcess['stdout']>);
    const [ready] = (await once(lines, 'line')) as [string];
    const { port } = JSON.parse(ready) as { port: number };
    return new Service(child, lines, `http://127.0.0.1:${port}/`);
  }

  async state(): Promise<ServiceState> {
    this.child.stdin?.write('\n');
    const [line] = (await once(this.lines, 'line')) as [string];
    return JSON.parse(line) as ServiceState;
  }

  /** What `seconds` of load gave; counts are those of this time alone. */
  async load(seconds: number): Promise<Load> {
    const before = await this.state();
    const result = await autocannon({ url: this.url, connections: CONNECTIONS, duration: seconds });
    const after = await this.state();
    const requests = after.requests - before.requests;
    return {
      requests,
      spans: after.spans - before.spans,
      taskSpans: after.taskSpans - before.taskSpans,
      cpuUs: after.cpuUs - before.cpuUs,
      rss: after.rss,
      perSecond: result.requests.average,
      cpuUsPerRequest: (after.cpuUs - before.cpuUs) / requests,
    };
  }

  async stop(): Promise<void> {
    this.child.stdin?.end();
    await once(this.child, 'exit');
  }
}
