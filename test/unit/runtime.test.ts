import assert from 'node:assert/strict';
import test from 'node:test';
import { resolveOptions } from '../../src/config/resolve.js';
import type { Feature } from '../../src/feature.js';
import { Runtime } from '../../src/runtime.js';

/** A feature that writes down what is done to it. */
function recorded(name: string, log: string[], rest: Partial<Feature> & { updates?: boolean } = {}): Feature {
  const { updates = false, ...own } = rest;
  return {
    name,
    wants: () => true,
    start: () => {
      log.push(`${name} starts`);
      return {
        stop: () => void log.push(`${name} stops`),
        ...(updates ? { update: () => void log.push(`${name} updates`) } : {}),
      };
    },
    ...own,
  };
}

const options = (config = {}) => resolveOptions(config, {});

test('a feature runs exactly while its options want it', () => {
  const log: string[] = [];
  const runtime = new Runtime([recorded('lag', log, { wants: (all) => all['eventLoop.enabled'] })]);
  runtime.apply(options({ eventLoop: { enabled: false } }));
  assert.deepEqual(log, []);
  runtime.apply(options());
  runtime.apply(options({ enabled: false }));
  runtime.apply(undefined);
  assert.deepEqual(log, ['lag starts', 'lag stops']);
});

test('a change of options restarts, or updates, or leaves alone what does not depend on it', () => {
  const log: string[] = [];
  const runtime = new Runtime([
    recorded('restarts', log),
    recorded('updates', log, { updates: true }),
    recorded('depends', log, { options: ['debug'] }),
  ]);
  runtime.apply(options());
  log.length = 0;
  runtime.apply(options({ slowCallbackMs: 50 }));
  assert.deepEqual(log, ['restarts stops', 'restarts starts', 'updates updates']);
  log.length = 0;
  runtime.apply(options({ slowCallbackMs: 50, debug: true }));
  assert.ok(log.includes('depends stops') && log.includes('depends starts'));
});

test('a feature that throws at start, update or stop takes no other with it', () => {
  const log: string[] = [];
  const fails = () => {
    throw new Error('on purpose');
  };
  const runtime = new Runtime([
    { name: 'at start', wants: () => true, start: fails },
    {
      name: 'at stop',
      wants: () => true,
      start: () => ({ stop: fails, update: fails, providersChanged: fails }),
    },
    recorded('fine', log),
  ]);
  runtime.apply(options());
  runtime.providersChanged();
  runtime.apply(options({ debug: true }));
  runtime.apply(undefined);
  assert.deepEqual(log, ['fine starts', 'fine stops', 'fine starts', 'fine stops']);
});
