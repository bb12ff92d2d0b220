import { TURNS_WHILE_LOADING } from '../../base/entry.js';
import { outside } from '../../base/outside.js';
import { process } from '../../base/process.js';
import { asSelf } from '../../base/self.js';
import { timers } from '../../base/timers.js';
import type { Stop } from '../../types.js';
import { eventLoop } from '../event-loop.js';

/** Says whether the entry module has been left: what it does synchronously while it loads harms nobody. */
export class Startup {
  #isOver = false;
  #stops: Stop[] = [];

  start(): Stop {
    const over = () => {
      this.#isOver = true;
      this.#stop();
    };
    const stopListening = eventLoop.listen(({ startup }) => {
      if (!startup) over();
    });
    // the first timer of the first turn
    const timer = TURNS_WHILE_LOADING
      ? undefined
      : asSelf(() => outside(() => timers.setTimeout(over, 1).unref()));
    this.#stops = [stopListening, () => timers.clearTimeout(timer)];
    return () => this.#stop();
  }

  isOver(): boolean {
    this.#isOver ||= process.mainModule?.loaded === true;
    return this.#isOver;
  }

  #stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}
