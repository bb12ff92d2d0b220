import { AttendedTime } from '../../base/attended-time.js';
import { BoundedMap } from '../../base/bounded-map.js';
import { type Clock, monotonic } from '../../base/clock.js';
import { attempt } from '../../base/guard.js';
import { batchDelayMs, EXPORT_MS } from '../../config/batch-schedule.js';
import { observeEmit } from '../../probes/process-emit.js';
import type { EventRecord, Stop } from '../../types.js';
import { areLogQueuesEmpty } from './log-queues.js';

const MOST = 32;
const WHAT = 'the end of the loop';

/**
 * The last `exception` records of failures that did not end the thread by themselves. They may still lie in the SDK's
 * batch, and often it is the application's own handler that ends the process: then they go with the last words.
 */
export class RecentExceptions {
  readonly #records = new BoundedMap<EventRecord, number>(MOST);
  /** While the loop stands still no batch is exported. */
  readonly #time: AttendedTime;

  constructor(clock: Clock = monotonic) {
    this.#time = new AttendedTime(clock);
  }

  /** Only what has been released. */
  add(record: EventRecord): void {
    this.#records.set(record, this.#time.nowMs);
  }

  /** It goes in another form. */
  forget(record: EventRecord): void {
    this.#records.delete(record);
  }

  /** To be called about once a second. */
  tick(): void {
    const oldest = this.#time.tick() - batchDelayMs('BLRP') - EXPORT_MS;
    for (const [record, addedAt] of this.#records.entries()) {
      if (addedAt < oldest) this.#records.delete(record);
    }
  }

  /** Where the loop has run empty, what no queue holds any more is not under way either. */
  watch(loggerProvider: () => object | undefined): Stop {
    let nothingWaits = false;
    const before = () => {
      nothingWaits = attempt(WHAT, () => areLogQueuesEmpty(loggerProvider())) === true;
    };
    // not where the event was held back for a flush, which may have begun in the meantime
    const after = () => {
      if (nothingWaits) this.clear();
    };
    return observeEmit(['beforeExit'], { before, after }) ?? (() => {});
  }

  /** What may not have been exported yet, oldest first. */
  get records(): EventRecord[] {
    return [...this.#records.entries()].map(([record]) => record);
  }

  clear(): void {
    this.#records.clear();
  }
}
