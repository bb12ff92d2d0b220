import assert from 'node:assert/strict';
import test, { after, before, beforeEach } from 'node:test';
import { Collector } from '../support/collector.js';
import { Signalled } from '../support/signalled.js';

let collector: Collector;
let signalled: Signalled;
before(async () => {
  collector = await Collector.start();
  signalled = new Signalled(collector);
});
after(() => collector.stop());
beforeEach(() => {
  collector.misbehave = undefined;
  collector.spans.length = 0;
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal}: the spans arrive, and the process ends by it, with no listener`, async () => {
    const death = await signalled.assertSameEnd('default', { signals: [signal] });
    assert.equal(death.signal, signal);
    assert.match(death.stdout, /^listeners 0,0,0$/m);
    signalled.assertDelivered();
  });
}

for (const kind of ['blocked', 'blocked for long']) {
  test(`${kind}: a loop that never returns hands over in the midst of it, and dies`, async () => {
    const death = await signalled.assertSameEnd(kind);
    assert.deepEqual([death.signal, death.stdout], ['SIGTERM', 'ready\n']);
    signalled.assertDelivered();
  });
}

test('a main thread in a native call can hand over nothing, and dies', async () => {
  const death = await signalled.assertSameEnd('blocked by a native call');
  assert.equal(death.signal, 'SIGTERM');
  assert.ok(death.tookMs < 15_000, `${death.tookMs} ms`);
});

for (const [kind, delivered] of [
  ['listener', true],
  ['listener, blocked', true],
  ['once', true],
  ['slow once', true],
  ['first of all', true],
  ['removed', true],
  ['all removed', true],
  ['self', true],
  ['self by number', true],
  ['own listener, self', true],
  ['from a thread', true],
  ['exiting', true],
  ['off and on', true],
  ['child', true],
  ['sidecar gone', false],
] as const) {
  test(`${kind}: nothing changes${delivered ? ', and the spans arrive' : ''}`, async () => {
    await signalled.assertSameEnd(kind);
    assert.equal(signalled.arrived, delivered);
  });
}

test('a listener that comes and goes many times: nothing changes', async () => {
  await signalled.assertSameEnd('removed just now');
});

test("the second signal, after the application's only listener is gone, delivers", async () => {
  const death = await signalled.assertSameEnd('once, sent again', {
    signals: ['SIGTERM', 'SIGTERM'],
    when: [/^ready$/m, /^closing$/m],
  });
  assert.equal(death.signal, 'SIGTERM');
  signalled.assertDelivered();
});

test('a terminal and npm send SIGINT twice: once is enough', async () => {
  const death = await signalled.die('default', { signals: ['SIGINT'] });
  assert.equal(death.signal, 'SIGINT');
  collector.spans.length = 0;
  // while the collector takes its time
  collector.misbehave = (_request, response) => {
    setTimeout(() => response.end(), 200);
    return true;
  };
  const twice = await signalled.assertSameEnd('default', { signals: ['SIGINT', 'SIGINT'] });
  assert.equal(twice.signal, 'SIGINT');
});

test('a script that SIGINT breaks is broken by it, and a listener added afterwards hears it', async () => {
  const death = await signalled.assertSameEnd('a script that SIGINT breaks', {
    signals: ['SIGINT', 'SIGINT', 'SIGINT'],
    when: [/^ready$/m, /^ready\n[\s\S]*^ready$/m, /^listening$/m],
  });
  assert.equal(death.stdout.match(/ERR_SCRIPT_EXECUTION_INTERRUPTED/g)?.length, 2);
  assert.equal(death.code, 8);
});
