/**
 * The sidecar itself: the program of the worker thread. It can deliver before it can watch, since a program may die at
 * once: what the watch needs costs as much processor time again, and is loaded afterwards.
 */

import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads';
import { process } from '../base/process.js';
import { flightShelf } from './blocks/flight-shelf.js';
import type { Watch } from './blocks/watch.js';
import { KeptWords } from './delivery/kept-words.js';
import { Outbox } from './delivery/outbox.js';
import { parcelOf } from './delivery/requests.js';
import {
  type FromWorker,
  type HandOver,
  LET_GO_MS,
  THREADS_CHANNEL,
  type ToWorker,
  type WorkerStart,
} from './protocol.js';
import { PulseMaker } from './pulse.js';
import { SignalDeath } from './signals/signal-death.js';

const start = workerData as WorkerStart;
const { memory } = start;
const tell = (message: FromWorker) => parentPort?.postMessage(message);
const note = (text: string) => tell({ type: 'note', text });
// on this thread it is about us, and nothing for the program's standard error
process.emitWarning = (warning: string | Error) => note(`Node warns the sidecar: ${String(warning)}`);
const outbox = new Outbox(memory, note);
const kept = new KeptWords(outbox, note);
let watch: Watch | undefined;
let isOver = false;
let loading = Promise.resolve();
const pulses = new Map<number, PulseMaker>();
const signals = new SignalDeath(start, outbox, tell, () => {
  isOver = true;
  watch?.rest();
  return watch;
});

async function takeOver({ words, withinMs, ends }: HandOver): Promise<void> {
  if (ends === 'process') {
    isOver = true;
    signals.answered(withinMs);
    watch?.conclude();
    outbox.last();
  }
  kept.keep(await outbox.postLast(parcelOf(words), withinMs));
  if (ends === 'process') await outbox.settled();
}

function beginPulse(row: number, words: Int32Array): void {
  pulses.get(row)?.stop();
  const pulse = new PulseMaker(words);
  pulses.set(row, pulse);
  pulse.begin();
}

function stop(): void {
  isOver = true;
  for (const pulse of pulses.values()) pulse.stop();
  signals.stop();
  watch?.stop();
  // files that are being loaded when a worker is terminated stay open for good (Node 20)
  const stopped = () => tell({ type: 'stopped' });
  loading.then(stopped, stopped);
}

function handedOver(message: HandOver): void {
  void takeOver(message).finally(() => {
    Atomics.store(memory.words, message.doneWord, message.number);
    Atomics.notify(memory.words, message.doneWord);
  });
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.type === 'config') {
    outbox.config = message.config;
    kept.configure(message.config?.crashFile);
  } else if (message.type === 'flight') {
    flightShelf.memory = message.memory;
    flightShelf.seconds = message.seconds;
  } else if (message.type === 'pulse') beginPulse(message.row, message.words);
  else if (message.type === 'signals') signals.align();
  else if (message.type === 'die') signals.die(message.signal);
  else if (message.type === 'stop') stop();
  else handedOver(message);
});
const threads = new BroadcastChannel(THREADS_CHANNEL);
threads.onmessage = (event) => handedOver((event as { data: HandOver }).data);

// to end at once would take the process along: see LET_GO_MS
process.once('uncaughtException', (error) => {
  stop();
  setTimeout(() => {
    throw error;
  }, LET_GO_MS);
});

async function beginWatch(): Promise<void> {
  if (isOver) return;
  const { Watch } = await import('./blocks/watch.js');
  if (isOver) return;
  watch = new Watch(start, outbox, tell);
  await watch.begin();
  tell({ type: 'ready' });
}
// messages that are waiting come first: they are taken in the next turn of the loop, between the two
setImmediate(() =>
  setImmediate(() => {
    loading = beginWatch();
  }),
);
