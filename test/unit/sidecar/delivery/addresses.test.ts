import assert from 'node:assert/strict';
import test, { mock } from 'node:test';
import { Addresses } from '../../../../src/sidecar/delivery/addresses.js';

/** Answers at once, and remembers who was asked. */
function services(known: { system?: string[]; server?: string[] } = {}) {
  const asked: string[] = [];
  const answer = (how: 'system' | 'server') => async (host: string) => {
    asked.push(`${how} ${host}`);
    if (known[how]?.includes(host))
      return [{ address: how === 'system' ? '10.0.0.1' : '10.0.0.2', family: 4 }];
    throw new Error('unknown');
  };
  return { asked, system: answer('system'), server: answer('server') };
}
const find = (addresses: Addresses, host: string) =>
  new Promise<unknown>((resolve) => {
    addresses.lookup(host, {}, (error, address) => resolve(error ? error.message : address));
  });
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('addresses need no name', async () => {
  const names = services();
  new Addresses(names, () => true).prepare(['http://127.0.0.1:4318/v1/logs', 'http://[::1]:4318', 'no url']);
  await settled();
  assert.deepEqual(names.asked, []);
});

test('this machine is known to the system, at any time', async () => {
  const names = services({ system: ['localhost'] });
  const addresses = new Addresses(names, () => false);
  addresses.prepare(['http://localhost:4318/v1/logs', 'http://localhost:4318/v1/traces']);
  await settled();
  assert.deepEqual(names.asked, ['system localhost']);
  addresses.last();
  assert.equal(await find(addresses, 'localhost'), '10.0.0.1');
  assert.deepEqual(names.asked, ['system localhost']);
});

test('nothing that could hold the process is asked for before an export was delivered, nor at the end', async () => {
  const names = services({ system: ['collector'] });
  const addresses = new Addresses(names, () => false);
  addresses.prepare(['http://collector:4318']);
  await settled();
  assert.equal(await find(addresses, 'collector'), 'unknown');
  addresses.last();
  assert.equal(await find(addresses, 'collector'), 'unknown');
  assert.deepEqual(new Set(names.asked), new Set(['server collector']));
});

test('a name that the system alone knows is known once an export was delivered, and again after a failure', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  try {
    const names = services({ system: ['collector'] });
    let healthy = false;
    const addresses = new Addresses(names, () => healthy);
    addresses.prepare(['http://collector:4318']);
    mock.timers.tick(1_000);
    healthy = true;
    mock.timers.tick(5_000);
    await settled();
    assert.deepEqual(names.asked, ['server collector', 'system collector']);
    healthy = false;
    mock.timers.tick(1_000);
    healthy = true;
    mock.timers.tick(5_000);
    await settled();
    assert.deepEqual(names.asked, ['server collector', 'system collector', 'system collector']);
    addresses.last();
    assert.equal(await find(addresses, 'collector'), '10.0.0.1');
  } finally {
    mock.timers.reset();
  }
});
