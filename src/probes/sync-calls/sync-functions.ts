import { isMainThread } from 'node:worker_threads';
import { process } from '../../base/process.js';

/** A function that holds the thread until its work is done, and where it stands. */
export interface SyncFunction {
  holder: object;
  key: string;
  /** As it is told: `fs.readFileSync`. */
  name: string;
}

/** Functions without `Sync` in their name that do their work at once where they are given no callback. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  fs: [],
  child_process: [],
  zlib: [],
  crypto: [
    'hash',
    'sign',
    'verify',
    'privateDecrypt',
    'privateEncrypt',
    'publicDecrypt',
    'publicEncrypt',
    'diffieHellman',
    'randomBytes',
    'encapsulate',
    'decapsulate',
  ],
  v8: ['writeHeapSnapshot', 'getHeapSnapshot', 'serialize', 'deserialize'],
};

/** All that this Node has. A Node may be built without some of the modules. */
export function syncFunctions(withWait = isMainThread): SyncFunction[] {
  const found: SyncFunction[] = [];
  for (const [module, others] of Object.entries(OTHERS)) {
    const holder = process.getBuiltinModule(module) as Record<string, unknown> | undefined;
    if (holder === undefined) continue;
    for (const key of Object.keys(holder)) {
      if (key.endsWith('Sync') || others.includes(key)) found.push({ holder, key, name: `${module}.${key}` });
    }
  }
  // a worker that waits for its next piece of work does so on purpose
  if (withWait) found.push({ holder: Atomics, key: 'wait', name: 'Atomics.wait' });
  return found;
}
