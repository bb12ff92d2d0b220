import type { Runtime, Session } from 'node:inspector';

/** Node's own word for a worker: `[worker 3]`, followed by its name. */
const TITLE = /^\[worker (\d+)\]/;

interface Question {
  readonly threadId: number;
  readonly message: string;
  readonly answer: (value: unknown) => void;
}

/**
 * The worker threads that the main thread started, reached through its inspector session. Nothing is enabled in them
 * and none is ever paused. Node attaches to all of them at once, and lets us go of each: one that waits for a real
 * debugger could never be terminated while we are attached, and not after a session that merely ended either.
 */
export class SiblingThreads {
  /** Inspector's name for each thread that we are attached to. */
  readonly #names = new Map<number, string>();
  /** Threads that were let go of: to be attached to again, all have to be. */
  readonly #passed = new Set<number>();
  /** Threads that are asked now and then. */
  readonly #wanted = new Set<number>();
  /** Not answered yet, by number. */
  readonly #open = new Map<number, Question>();
  #number = 0;
  #isOver = false;

  constructor(private readonly session: Session) {
    session.on('NodeWorker.attachedToWorker', ({ params }) =>
      this.#attached(Number(TITLE.exec(params.workerInfo.title)?.[1]), params.sessionId),
    );
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => this.#received(params.message));
    this.#attach();
  }

  /** Whether a question has got to the thread. */
  knows(threadId: number): boolean {
    return this.#names.has(threadId);
  }

  evaluate(
    threadId: number,
    question: Runtime.EvaluateParameterType,
    answer: (value: unknown) => void,
  ): void {
    const id = ++this.#number;
    const message = JSON.stringify({ id, method: 'Runtime.evaluate', params: question });
    this.#open.set(id, { threadId, message, answer });
    this.#wanted.add(threadId);
    const name = this.#names.get(threadId);
    if (name !== undefined) this.#send(name, message);
    else if (this.#passed.has(threadId)) this.#attachAgain();
  }

  /** Nothing more is wanted of this thread. */
  release(threadId: number): void {
    if (!this.#wanted.delete(threadId)) return;
    for (const [id, question] of this.#open) if (question.threadId === threadId) this.#open.delete(id);
    const name = this.#names.get(threadId);
    if (name === undefined) return;
    this.#names.delete(threadId);
    this.#passed.add(threadId);
    this.#letGo(name);
  }

  /** The session is about to end. */
  leave(): void {
    this.#detachAll();
    this.#isOver = true;
  }

  #attach(): void {
    this.session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  }

  #attachAgain(): void {
    this.#detachAll();
    this.#passed.clear();
    this.session.post('NodeWorker.disable');
    this.#attach();
  }

  #attached(threadId: number, name: string): void {
    if (!this.#wanted.has(threadId)) {
      this.#passed.add(threadId);
      this.#detach(name);
      return;
    }
    this.#names.set(threadId, name);
    for (const question of this.#open.values()) {
      if (question.threadId === threadId) this.#send(name, question.message);
    }
  }

  #detachAll(): void {
    for (const name of this.#names.values()) this.#letGo(name);
    this.#names.clear();
  }

  /** What `console` was given in the thread meanwhile is not kept. */
  #letGo(name: string): void {
    this.#send(name, JSON.stringify({ id: ++this.#number, method: 'Runtime.discardConsoleEntries' }));
    this.#detach(name);
  }

  #detach(sessionId: string): void {
    if (!this.#isOver) this.session.post('NodeWorker.detach', { sessionId });
  }

  /** What was on its way when the session ended comes all the same, and Node would print what is thrown over it. */
  #send(sessionId: string, message: string): void {
    if (!this.#isOver) this.session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
  }

  #received(text: string): void {
    const { id, result } = JSON.parse(text) as { id?: number; result?: { result?: { value?: unknown } } };
    const question = id === undefined ? undefined : this.#open.get(id);
    if (question === undefined) return;
    this.#open.delete(id as number);
    question.answer(result?.result?.value);
  }
}
