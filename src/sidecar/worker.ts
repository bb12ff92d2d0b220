/** The sidecar itself: the program of the worker thread. */

import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { BlockReporter } from './block-reporter.js';
import { BlockWatch, type WatchPlatform } from './block-watch.js';
import { Interrogator } from './interrogator.js';
import { Outbox } from './outbox.js';
import type { FromWorker, ToWorker, WorkerStart } from './protocol.js';
import { PROCESS, sharedNow, THREADS } from './shared-memory.js';
import { mainThreadStarvedMs } from './starvation.js';

const { memory, mayInspect } = workerData as WorkerStart;
const tell = (message: FromWorker) => parentPort?.postMessage(message);
const now = () => sharedNow(memory);
const outbox = new Outbox(memory, (text) => tell({ type: 'note', text }));
const watches: BlockWatch[] = [];

async function interrogator(): Promise<Interrogator | undefined> {
  if (!mayInspect) return undefined;
  try {
    const inspector = await import('node:inspector');
    return new Interrogator(memory, () => new inspector.Session());
  } catch {
    return undefined; // a Node that was built without the inspector
  }
}

const main = await interrogator();
for (let row = 0; row < THREADS; row++) {
  const platform: WatchPlatform = {
    now,
    ask: row === 0 ? main?.ask : undefined,
    dismiss: () => row === 0 && main?.dismiss(),
    starvedMs: row === 0 ? mainThreadStarvedMs : () => 0,
  };
  const reporter = new BlockReporter(
    () => watches[row]?.threadId ?? row,
    outbox,
    tell,
    now,
    () => randomBytes(8).toString('hex'),
  );
  watches.push(new BlockWatch(memory, row, platform, reporter));
}

let expected = now();
function look(): void {
  if (Atomics.load(memory.words, PROCESS.EXITING) !== 0) {
    main?.dismiss();
    return;
  }
  const late = Math.max(0, now() - expected);
  let next = Infinity;
  for (const watch of watches) {
    // a thread that main ended while it is blocked itself looks blocked and is gone
    if (watch !== watches[0] && watches[0]?.blocked && !watch.blocked) continue;
    next = Math.min(next, watch.look(late));
  }
  expected = now() + next;
  setTimeout(look, next);
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.type === 'config') outbox.config = message.config;
});
look();
tell({ type: 'ready' });
