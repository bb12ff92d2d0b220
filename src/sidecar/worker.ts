/** The sidecar itself: the program of the worker thread. */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { WatchPlatform } from './block.js';
import { toLogRecord } from './block-report.js';
import { BlockReporter } from './block-reporter.js';
import { BlockWatch } from './block-watch.js';
import { type Answer, Interrogator } from './interrogator.js';
import { Outbox } from './outbox.js';
import type { FromWorker, LastWords, ToWorker, WorkerStart } from './protocol.js';
import { PROCESS, sharedNow, THREADS } from './shared-memory.js';
import { mainThreadStarvedMs } from './starvation.js';

const { memory, mayInspect, again } = workerData as WorkerStart;
const tell = (message: FromWorker) => parentPort?.postMessage(message);
const now = () => sharedNow(memory);
const outbox = new Outbox(memory, (text) => tell({ type: 'note', text }));

let watches: BlockWatch[] = [];

async function createInterrogator(): Promise<Interrogator | undefined> {
  if (!mayInspect) return undefined;
  try {
    const inspector = await import('node:inspector');
    return new Interrogator(memory, () => new inspector.Session());
  } catch {
    return undefined; // a Node that was built without the inspector
  }
}

function watchRow(row: number, interrogator: Interrogator | undefined): BlockWatch {
  // a thread that has ended left its row, and must be dismissed all the same
  let asked = 0;
  const ask = (answer: Answer) => {
    asked = watch.threadId;
    interrogator?.ask(asked, answer);
  };
  const platform: WatchPlatform = {
    now,
    ask: interrogator && ask,
    dismiss: () => interrogator?.dismiss(asked),
    starvedMs: row === 0 ? mainThreadStarvedMs : () => 0,
  };
  const nextId = () => randomBytes(8).toString('hex');
  const reporter = new BlockReporter(() => watch.threadId, outbox, tell, now, nextId);
  const watch = new BlockWatch(memory, row, platform, reporter);
  return watch;
}

function watchAll(interrogator: Interrogator | undefined): void {
  watches = Array.from({ length: THREADS }, (_, row) => watchRow(row, interrogator));
  if (again) for (const watch of watches) watch.forget();
  let expected = now();
  let wasBlocked = false;
  const look = () => {
    if (Atomics.load(memory.words, PROCESS.EXITING) !== 0) {
      interrogator?.close();
      return;
    }
    const late = Math.max(0, (now() - expected) | 0);
    let next = Infinity;
    for (const watch of watches) {
      // a thread that main ended while it is blocked itself looks blocked and is gone
      if (watch !== watches[0] && watches[0]?.blocked && !watch.blocked) continue;
      next = Math.min(next, watch.look(late));
    }
    const isBlocked = watches.some((watch) => watch.blocked);
    if (isBlocked !== wasBlocked) Atomics.add(memory.words, PROCESS.BUSY, isBlocked ? 1 : -1);
    wasBlocked = isBlocked;
    expected = now() + next;
    setTimeout(look, next);
  };
  look();
}

async function takeOver(words: LastWords, withinMs: number): Promise<void> {
  for (const watch of watches) watch.conclude();
  const { record, resource, spans: scopeSpans, metrics: scopeMetrics } = words;
  const parcel = { logs: record && [toLogRecord(record)], scopeSpans, scopeMetrics, resource };
  await outbox.postLast(parcel, withinMs);
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.type === 'config') outbox.config = message.config;
  else {
    void takeOver(message.words, message.withinMs).finally(() => {
      Atomics.store(memory.words, PROCESS.HANDED_OVER, message.number);
      Atomics.notify(memory.words, PROCESS.HANDED_OVER);
    });
  }
});
void createInterrogator().then((interrogator) => {
  watchAll(interrogator);
  tell({ type: 'ready' });
});
