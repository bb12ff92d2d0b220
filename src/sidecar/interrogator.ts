import type { Session } from 'node:inspector';
import { CAPTURE_SLOT, type Capture } from './protocol.js';
import { PROCESS, type SharedMemory } from './shared-memory.js';

const EXPRESSION = `globalThis[Symbol.for(${JSON.stringify(CAPTURE_SLOT)})]?.()`;

/**
 * Asks the main thread what it is doing, through an inspector session that exists only while the loop is late: an idle
 * one makes V8 keep every argument of `console` and prints a message at exit. No domain is enabled in it, so no
 * `debugger` statement and no exception can stop the program.
 */
export class Interrogator {
  #session: Session | undefined;

  constructor(
    private readonly memory: SharedMemory,
    private readonly createSession: () => Session,
  ) {}

  readonly ask = (answer: (capture: Capture) => void): void => {
    if (Atomics.load(this.memory.words, PROCESS.EXITING) !== 0) {
      this.dismiss();
      return;
    }
    const session = this.#open();
    session?.post('Runtime.evaluate', { expression: EXPRESSION, returnByValue: true }, (error, reply) => {
      const text: unknown = reply?.result?.value;
      if (error || session !== this.#session || typeof text !== 'string') return;
      answer(JSON.parse(text) as Capture);
    });
  };

  dismiss(): void {
    const session = this.#session;
    this.#session = undefined;
    try {
      session?.disconnect();
    } finally {
      this.#mark(0);
    }
  }

  #open(): Session | undefined {
    if (this.#session !== undefined) return this.#session;
    this.#mark(1);
    // the thread that ends waits for the mark to go: look again before there is a session
    if (Atomics.load(this.memory.words, PROCESS.EXITING) !== 0) {
      this.#mark(0);
      return undefined;
    }
    const session = this.createSession();
    session.connectToMainThread();
    this.#session = session;
    return session;
  }

  #mark(open: 0 | 1): void {
    Atomics.store(this.memory.words, PROCESS.SESSION_OPEN, open);
    Atomics.notify(this.memory.words, PROCESS.SESSION_OPEN);
  }
}
