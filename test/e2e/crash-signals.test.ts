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
  /** From the last signal to the end, as seen from outside. */
  tookMs: number;
}

interface Circumstances {
  /** Sent one after the other, each time the program says `when`. */
  signals?: readonly NodeJS.Signals[];
  when?: readonly RegExp[];
  env?: NodeJS.ProcessEnv;
  options?: readonly string[];
}

/** Runs the program, and sends the signal when it is ready. */
async function die(kind: string, circumstances: Circumstances = {}): Promise<Death> {
  const { signals = ['SIGTERM'], when = [/^ready$/m], env = {}, options = [] } = circumstances;
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env };
  const program = runProgram('sidecar/signalled.mjs', [kind], environment, options);
  const left = [...signals];
  let sent = 0;
  let ended = 0;
  program.child.stdout?.on('data', () => {
    const due = when[signals.length - left.length] ?? (when.at(-1) as RegExp);
    if (left.length === 0 || !due.test(program.run.stdout)) return;
    sent = Date.now();
    program.child.kill(left.shift());
  });
  program.child.on('exit', () => {
    ended = Date.now();
  });
  return { ...(await program.finished), tookMs: ended - sent };
}

const end = ({ code, signal, stdout, stderr }: ProgramRun) => ({ code, signal, stdout, stderr });

/** As without us: the same end, the same output. */
async function assertSameEnd(kind: string, circumstances: Circumstances = {}): Promise<Death> {
  const death = await die(kind, circumstances);
  const env = { ...circumstances.env, PACKAGE_URL: 'none' };
  assert.deepEqual(end(death), end(await die(kind, { ...circumstances, env })));
  return death;
}

const arrived = () => collector.spans.some(({ item }) => item.name === 'already ended');
function assertDelivered(): void {
  const named = (name: string) => collector.spans.filter(({ item }) => item.name === name);
  assert.equal(named('already ended').length, 1);
  const [open] = named('request');
  assert.equal(open && attributesOf(open.item).get('async.span.cut_off'), true);
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal}: the spans arrive, and the process ends by it, with no listener`, async () => {
    const death = await assertSameEnd('default', { signals: [signal] });
    assert.equal(death.signal, signal);
    assert.match(death.stdout, /^listeners 0,0,0$/m);
    assertDelivered();
  });
}

for (const kind of ['blocked', 'blocked for long']) {
  test(`${kind}: a loop that never returns hands over in the midst of it, and dies`, async () => {
    const death = await assertSameEnd(kind);
    assert.deepEqual([death.signal, death.stdout], ['SIGTERM', 'ready\n']);
    assertDelivered();
  });
}

test('a main thread in a native call can hand over nothing, and dies', async () => {
  const death = await assertSameEnd('blocked by a native call');
  assert.equal(death.signal, 'SIGTERM');
  assert.ok(death.tookMs < 15_000, `${death.tookMs} ms`);
});

for (const [kind, delivered] of [
  ['listener', true],
  ['listener, blocked', true],
  ['once', true],
  ['slow once', true],
  ['early', true],
  ['removed', true],
  ['all removed', true],
  ['self', true],
  ['self by number', true],
  ['own listener, self', true],
  ['from a thread', true],
  ['off and on', true],
  ['child', true],
  ['sidecar gone', false],
] as const) {
  test(`${kind}: nothing changes${delivered ? ', and the spans arrive' : ''}`, async () => {
    await assertSameEnd(kind);
    assert.equal(arrived(), delivered);
  });
}

test('a listener that comes and goes many times: nothing changes', async () => {
  await assertSameEnd('removed just now');
});

test("the second signal, after the application's only listener is gone, delivers", async () => {
  const death = await assertSameEnd('once, sent again', {
    signals: ['SIGTERM', 'SIGTERM'],
    when: [/^ready$/m, /^closing$/m],
  });
  assert.equal(death.signal, 'SIGTERM');
  assertDelivered();
});

test('a terminal and npm send SIGINT twice: once is enough', async () => {
  const death = await die('default', { signals: ['SIGINT'] });
  assert.equal(death.signal, 'SIGINT');
  collector.spans.length = 0;
  // while the collector takes its time
  collector.misbehave = (_request, response) => {
    setTimeout(() => response.end(), 200);
    return true;
  };
  const twice = await assertSameEnd('default', { signals: ['SIGINT', 'SIGINT'] });
  assert.equal(twice.signal, 'SIGINT');
});

test('a script that SIGINT breaks is broken by it, and a listener added afterwards hears it', async () => {
  const death = await assertSameEnd('a script that SIGINT breaks', {
    signals: ['SIGINT', 'SIGINT'],
    when: [/^ready$/m, /^ready\n[\s\S]*^ready$/m],
  });
  assert.match(death.stdout, /ERR_SCRIPT_EXECUTION_INTERRUPTED/);
});
