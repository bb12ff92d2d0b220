import assert from 'node:assert/strict';
import test, { after, before, beforeEach } from 'node:test';
import { attributesOf, Collector } from '../support/collector.js';
import { type ProgramRun, runProgram } from '../support/program.js';

let collector: Collector;
before(async () => {
  collector = await Collector.start();
});
after(() => collector.stop());
beforeEach(() => {
  collector.misbehave = undefined;
  collector.spans.length = 0;
});

interface Death extends ProgramRun {
  /** From the signal to the end, as seen from outside. */
  tookMs: number;
}

/** Runs the program, and sends the signal when it is ready. */
async function die(kind: string, signal: NodeJS.Signals, env: NodeJS.ProcessEnv = {}): Promise<Death> {
  const program = runProgram('sidecar/signalled.mjs', [kind], {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ...env,
  });
  let sent = 0;
  let ended = 0;
  program.child.stdout?.on('data', () => {
    if (sent > 0 || !/^ready$/m.test(program.run.stdout)) return;
    sent = Date.now();
    program.child.kill(signal);
  });
  program.child.on('exit', () => {
    ended = Date.now();
  });
  return { ...(await program.finished), tookMs: ended - sent };
}

const without = { PACKAGE_URL: 'none' };
const end = ({ code, signal, stdout, stderr }: ProgramRun) => ({ code, signal, stdout, stderr });

function assertDelivered(): void {
  const named = (name: string) => collector.spans.filter(({ item }) => item.name === name);
  assert.equal(named('already ended').length, 1);
  const [open] = named('request');
  assert.equal(open && attributesOf(open.item).get('async.span.cut_off'), true);
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal}: the spans arrive, and the process ends by it`, async () => {
    const death = await die('default', signal);
    assert.equal(death.signal, signal);
    assert.deepEqual(end(death), end(await die('default', signal, without)));
    assertDelivered();
  });
}

for (const [kind, delivered] of [
  ['listener', true],
  ['once', true],
  ['early', true],
  ['removed', true],
  ['all removed', false],
  ['self', true],
  ['self by number', true],
  ['stopped', false],
] as const) {
  test(`${kind}: nothing changes${delivered ? ', and the spans arrive' : ''}`, async () => {
    const death = await die(kind, 'SIGTERM');
    const arrived = collector.spans.some(({ item }) => item.name === 'already ended');
    assert.deepEqual(end(death), end(await die(kind, 'SIGTERM', without)));
    assert.equal(arrived, delivered);
  });
}

test('a loop that is blocked dies of SIGTERM at once, its listener is gone', async () => {
  const death = await die('blocked', 'SIGTERM');
  assert.equal(death.signal, 'SIGTERM');
  assert.equal(death.stdout, 'ready\n');
  assert.ok(death.tookMs < 2_000, `${death.tookMs} ms`);
});

test('a collector that never answered holds it 300 ms', async () => {
  collector.misbehave = () => true;
  const death = await die('default', 'SIGTERM');
  assert.equal(death.signal, 'SIGTERM');
  assert.ok(death.tookMs < 300 + 1_500, `${death.tookMs} ms`);
});
