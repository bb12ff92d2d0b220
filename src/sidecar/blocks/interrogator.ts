import type { Runtime, Session } from 'node:inspector';
import { isSpanContextValid } from '@opentelemetry/api';
import { BoundedMap } from '../../base/bounded-map.js';
import { siteOfRaw } from '../../tasks/sites/raw-frames.js';
import { addBundledFile } from '../../tasks/sites/source-maps.js';
import { setUserLibraries } from '../../tasks/sites/user-code.js';
import { CAPTURE_SLOT, type Capture, type RawCapture } from '../protocol.js';
import { PROCESS, type SharedMemory, THREADS } from '../shared-memory.js';
import { SiblingThreads } from './sibling-threads.js';

export type Answer = (capture: Capture) => void;

const MAIN_THREAD = 0;

/**
 * Asks threads what they are doing, through one inspector session with the main thread that exists only while a loop
 * is late: an idle one makes V8 keep every argument of `console` and prints a message at exit. The debugger is enabled
 * nowhere, so no `debugger` statement and no exception can stop the program.
 */
export class Interrogator {
  #session: Session | undefined;
  #siblings: SiblingThreads | undefined;
  /** The threads that are being asked. */
  readonly #asked = new Set<number>();
  /** How many names of bundled files each thread has told. */
  readonly #namesOf = new BoundedMap<number, number>(THREADS);

  constructor(
    private readonly memory: SharedMemory,
    private readonly createSession: () => Session,
  ) {}

  /** Asks one thread; the answer comes at once, late, or never. */
  ask(threadId: number, answer: Answer): void {
    if (Atomics.load(this.memory.words, PROCESS.EXITING) !== 0) {
      this.close();
      return;
    }
    const session = this.#open();
    if (session === undefined) return;
    this.#asked.add(threadId);
    const known = this.#namesOf.get(threadId) ?? 0;
    const take = (value: unknown) => {
      if (session !== this.#session || typeof value !== 'string') return;
      const { bundled, ...capture } = JSON.parse(value) as RawCapture;
      bundled.forEach(addBundledFile);
      this.#namesOf.set(threadId, known + bundled.length);
      answer(read(capture));
    };
    if (threadId === MAIN_THREAD) {
      session.post('Runtime.evaluate', question(known), (error, reply) => {
        if (!error) take(reply?.result?.value);
      });
      return;
    }
    this.#siblings ??= new SiblingThreads(session);
    this.#siblings.evaluate(threadId, question(known), take);
  }

  /** Whether a question gets to the thread: that of a worker's own workers does not. */
  reaches(threadId: number): boolean {
    return threadId === MAIN_THREAD ? this.#session !== undefined : this.#siblings?.knows(threadId) === true;
  }

  /** Nothing more is wanted of this thread. */
  dismiss(threadId: number): void {
    this.#asked.delete(threadId);
    if (this.#asked.size === 0) this.close();
    else this.#siblings?.release(threadId);
  }

  /** Ends the session at once. */
  close(): void {
    const session = this.#session;
    this.#session = undefined;
    this.#asked.clear();
    try {
      this.#siblings?.leave();
      this.#siblings = undefined;
      // what `console` was given meanwhile would be kept for the next session
      session?.post('Runtime.discardConsoleEntries');
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

function question(known: number): Runtime.EvaluateParameterType & { disableBreaks: boolean } {
  return {
    expression: `globalThis[Symbol.for(${JSON.stringify(CAPTURE_SLOT)})]?.(${known})`,
    returnByValue: true,
    // a real debugger that stops the program within the question could never let it go on
    disableBreaks: true,
  };
}

function read({ frames, libraries, trace, ...facts }: Omit<RawCapture, 'bundled'>): Capture {
  setUserLibraries(libraries);
  return {
    ...facts,
    frames: frames.map(siteOfRaw),
    trace: trace && isSpanContextValid(trace) ? trace : undefined,
  };
}
