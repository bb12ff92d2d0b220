import { syncCallCode } from '../../base/sync-call-mark.js';
import { syncFunctions } from '../../probes/sync-calls/sync-functions.js';
import { type SharedMemory, THREAD, wordOf } from '../shared-memory.js';
import type { Block } from './block.js';

/** A call that takes more of a block than this is its cause. */
const MOST = 0.5;

let names: Map<number, string> | undefined;

/** Notes the synchronous call of Node's that a blocked thread says it is in. `beat`: when its loop was last free. */
export function noteBlockingCall({ words }: SharedMemory, row: number, block: Block, beat: number): void {
  const code = Atomics.load(words, wordOf(row, THREAD.SYNC_CALL));
  const from = Atomics.load(words, wordOf(row, THREAD.SYNC_CALL_FROM));
  // one from before that was cut off, and never said that it was over
  if (code === 0 || ((from - beat) | 0) < 0) return;
  const ms = (block.until - from) | 0;
  if (block.call === undefined || ms >= block.call.ms) block.call = { code, ms };
}

/** The name of the call that a block of `durationMs` is owed to, where it is one. */
export function blockingCall({ call }: Block, durationMs: number): string | undefined {
  if (call === undefined || call.ms <= durationMs * MOST) return undefined;
  // the modules are loaded for the first one that is asked for
  names ??= new Map(syncFunctions(true).map(({ name }) => [syncCallCode(name), name]));
  return names.get(call.code);
}
