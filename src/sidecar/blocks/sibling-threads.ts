import type { Runtime, Session } from 'node:inspector';

/** Node's own word for a worker: `[worker 3]`, followed by its name. */
const TITLE = /^\[worker (\d+)\]/;

/**
 * The worker threads that the main thread started, reached through its inspector session. Nothing is enabled in them
 * and none is ever paused, so it does no harm that the sidecar itself is one of them.
 */
export class SiblingThreads {
  /** Inspector's name for each thread. */
  readonly #names = new Map<number, string>();
  readonly #unsent = new Map<number, Set<string>>();
  readonly #answers = new Map<number, (value: unknown) => void>();
  #number = 0;
  #isOver = false;

  constructor(private readonly session: Session) {
    session.on('NodeWorker.attachedToWorker', ({ params }) => {
      const threadId = Number(TITLE.exec(params.workerInfo.title)?.[1]);
      this.#names.set(threadId, params.sessionId);
      for (const message of this.#unsent.get(threadId) ?? []) this.#send(params.sessionId, message);
      this.#unsent.delete(threadId);
    });
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => this.#received(params.message));
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  }

  knows(threadId: number): boolean {
    return this.#names.has(threadId);
  }

  evaluate(
    threadId: number,
    question: Runtime.EvaluateParameterType,
    answer: (value: unknown) => void,
  ): void {
    const id = ++this.#number;
    this.#answers.set(id, answer);
    const message = JSON.stringify({ id, method: 'Runtime.evaluate', params: question });
    const name = this.#names.get(threadId);
    if (name !== undefined) {
      this.#send(name, message);
    } else {
      const unsent = this.#unsent.get(threadId) ?? new Set();
      this.#unsent.set(threadId, unsent.add(message));
    }
  }

  /** The session is about to end. What `console` was given in the threads meanwhile is not kept. */
  leave(): void {
    for (const name of this.#names.values()) {
      this.#send(name, JSON.stringify({ id: ++this.#number, method: 'Runtime.discardConsoleEntries' }));
    }
    this.#isOver = true;
  }

  /** What was on its way when the session ended comes all the same, and Node would print what is thrown over it. */
  #send(sessionId: string, message: string): void {
    if (!this.#isOver) this.session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
  }

  #received(text: string): void {
    const { id, result } = JSON.parse(text) as { id?: number; result?: { result?: { value?: unknown } } };
    const answer = id === undefined ? undefined : this.#answers.get(id);
    if (answer === undefined) return;
    this.#answers.delete(id as number);
    answer(result?.result?.value);
  }
}
