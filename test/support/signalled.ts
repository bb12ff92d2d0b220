/** Programs that are sent signals, beside the same program without us. */
import assert from 'node:assert/strict';
import { attributesOf, type Collector } from './collector.js';
import { type ProgramRun, runProgram } from './program.js';

export interface Death extends ProgramRun {
  /** From the last signal to the end, as seen from outside. */
  tookMs: number;
}

export interface Circumstances {
  /** Sent one after the other, each when the program has said `when`. */
  signals?: readonly NodeJS.Signals[];
  when?: readonly RegExp[];
  env?: NodeJS.ProcessEnv;
  /** For Node itself. */
  options?: readonly string[];
}

const end = ({ code, signal, stdout, stderr }: ProgramRun) => ({ code, signal, stdout, stderr });

export class Signalled {
  constructor(private readonly collector: Collector) {}

  /** Runs the program, and sends the signals when it is ready for them. */
  async die(kind: string, circumstances: Circumstances = {}): Promise<Death> {
    const { signals = ['SIGTERM'], when = [/^ready$/m], env = {}, options = [] } = circumstances;
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: this.collector.url, ...env };
    const program = runProgram('sidecar/signalled.mjs', [kind], environment, options);
    const left = [...signals];
    let sent = 0;
    let ended = 0;
    program.child.stdout?.on('data', () => {
      const due = when[signals.length - left.length] ?? (when.at(-1) as RegExp);
      if (left.length === 0 || !due.test(program.run.stdout)) return;
      sent = performance.now();
      program.child.kill(left.shift());
    });
    program.child.on('exit', () => {
      ended = performance.now();
    });
    return { ...(await program.finished), tookMs: ended - sent };
  }

  /** As without us: the same end, the same output. */
  async assertSameEnd(
    kind: string,
    circumstances: Circumstances = {},
    comparable: (stderr: string) => string = (stderr) => stderr,
  ): Promise<Death> {
    const death = await this.die(kind, circumstances);
    const env = { ...circumstances.env, PACKAGE_URL: 'none' };
    const bare = await this.die(kind, { ...circumstances, env });
    const compared = (run: ProgramRun) => ({ ...end(run), stderr: comparable(run.stderr) });
    assert.deepEqual(compared(death), compared(bare));
    return death;
  }

  get arrived(): boolean {
    return this.collector.spans.some(({ item }) => item.name === 'already ended');
  }

  assertDelivered(): void {
    const named = (name: string) => this.collector.spans.filter(({ item }) => item.name === name);
    assert.equal(named('already ended').length, 1);
    const [open] = named('request');
    assert.equal(open && attributesOf(open.item).get('async.span.cut_off'), true);
  }
}
