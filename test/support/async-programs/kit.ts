/** What a random program sees of the world, and what it leaves behind: a line for each thing that happened, and when. */
import { AsyncLocalStorage } from 'node:async_hooks';

/** More turns of the microtask queue than any program needs: one that takes more is cut off, at the same turn always. */
const MAX_TICKS = 3_000;
const MAX_LINES = 400;
/** Turns after the end in which a straggler may still speak. */
const AFTERWARDS = 20;

export class ProgramKit {
  readonly lines: string[] = [];
  readonly finished: Promise<void>;
  #ticks = 0;
  #started = false;
  #end = MAX_TICKS;
  #finish = () => {};
  readonly #context = new AsyncLocalStorage<number>();

  /** `stackOf`: the lines of a stack as they may be compared. */
  constructor(private readonly stackOf: (stack: string) => string) {
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** The names a program uses. */
  names(): Record<string, unknown> {
    return {
      log: (...values: unknown[]) => this.say(values),
      enter: (name: unknown) => this.say(['enter', name]),
      caught: (error: unknown) => this.say(['caught', error]),
      store: () => this.#context.getStore(),
      run: (store: number, f: () => unknown) => this.#context.run(store, f),
      pass: (...values: unknown[]) => values.length,
      tag: (strings: readonly string[], ...values: unknown[]) => this.say([strings.join('|'), ...values]),
      later: (ticks: number, value: unknown) => this.#later(ticks, value),
      fail: async (ticks: number, message: string) => {
        await this.#later(ticks, 0);
        throw new Error(message);
      },
      thenable: (value: unknown) => ({
        // biome-ignore lint/suspicious/noThenProperty: a foreign thenable is what programs must wait for
        then: (resolve: (v: unknown) => void) => resolve(this.say(['then', value])),
      }),
      each: (count: number) => this.#each(count),
      drain: async (source: AsyncIterable<unknown>) => {
        let values = 0;
        for await (const value of source) this.say(['drained', value, ++values]);
        return values;
      },
      done: (promise: Promise<unknown>) =>
        void promise.then(
          (value) => this.#ending(['result', value]),
          (error) => this.#ending(['failed', error]),
        ),
    };
  }

  say(values: readonly unknown[]): number {
    this.start();
    if (this.lines.length < MAX_LINES) {
      const said = values.map((value) => this.#shown(value)).join(' ');
      this.lines.push(`${this.#ticks} [${this.#context.getStore() ?? ''}] ${said}`);
    }
    return this.lines.length % 3;
  }

  #ending(values: readonly unknown[]): void {
    this.say(values);
    this.#end = Math.min(this.#end, this.#ticks + AFTERWARDS);
  }

  /** Begins to count turns; the first line does so too. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    const tick = (): unknown => {
      if (++this.#ticks > this.#end) return this.#finish();
      return void Promise.resolve().then(tick);
    };
    void Promise.resolve().then(tick);
  }

  async #later<T>(ticks: number, value: T): Promise<T> {
    for (let i = 0; i < ticks; i++) await undefined;
    // a program that goes on after its end must not keep its host from the next one
    if (this.#ticks > this.#end) await new Promise(() => {});
    return value;
  }

  async *#each(count: number): AsyncGenerator<number> {
    try {
      for (let i = 0; i < count; i++) yield i;
    } finally {
      this.say(['each is over']);
    }
  }

  #shown(value: unknown): string {
    if (value instanceof Error) return `${value.message} { ${this.stackOf(value.stack ?? '')} }`;
    if (typeof value === 'function') return `function ${value.name}/${value.length} ${String(value).length}`;
    if (typeof value === 'symbol') return 'symbol';
    if (value instanceof Promise) return 'a promise';
    try {
      return JSON.stringify(value) ?? String(value);
    } catch (error) {
      return String(error);
    }
  }
}
