/** Through this slot of `globalThis` compiled code finds the runtime. Counted up when the calls between them change. */
export const RUNTIME_SLOT = 'opentelemetry-instrumentation-async.compiled.1';

/**
 * What the inserted code calls, each by one letter behind a prefix that the source does not contain. All are function
 * declarations that do nothing, until the runtime gives better ones: so they are there before a module of an import
 * cycle has run, and where there is no runtime.
 */
export const CALLS = {
  /** `e(def)`: an async function's body begins. Gives its task. */
  enter: 'e',
  /** `a(task, site, value)`: about to wait for `value`; gives it. */
  await: 'a',
  /** `r(task, value)`: goes on with `value`; gives it. */
  resume: 'r',
  /** `c(task)`: goes on, if it had been waiting. */
  continue: 'c',
  /** `m(task, site)`: about to call something. */
  mark: 'm',
  /** `f(task, site)`: code of the iterator's or the resource's runs, and then the function waits. */
  hand: 'f',
  /** `n(task, site)`: a call is made for what will be iterated. */
  head: 'n',
  /** `y(task, site, value)`: about to yield `value`; gives it. */
  yield: 'y',
  /**
   * `v(task, site, value)`: about to return `value`; gives it, or what stands for it. `v(task)`: nothing. One more, `1`,
   * where no call has made the value: it may be the promise of this call itself.
   */
  return: 'v',
  /** The same, where something may still fail on the way out. */
  returnMaybe: 'u',
  /** `w(task, site, value)`: about to wait for `value` and to return what comes of it; gives it. */
  returnAwait: 'w',
  /** `z(task)`: goes on, if it had been waiting; gives what can be spread and is empty. */
  nothing: 'z',
  /** `x(task)`: the body is left. */
  exit: 'x',
} as const;

export type Call = keyof typeof CALLS;

export class Names {
  readonly task: string;
  readonly state: string;
  readonly sites: string;
  readonly definitions: string;
  #made = 0;

  private constructor(readonly prefix: string) {
    this.task = `${prefix}t`;
    this.state = `${prefix}s`;
    this.sites = `${prefix}b`;
    this.definitions = `${prefix}d`;
  }

  /** Names that do not occur in the source. */
  static for(source: string): Names {
    const text = unescaped(source);
    let prefix = '$oa$';
    for (let count = 1; text.includes(prefix); count++) prefix = `$oa${count}$`;
    return new Names(prefix);
  }

  call(name: Call): string {
    return this.prefix + CALLS[name];
  }

  /** A variable that nobody reads. */
  fresh(): string {
    return `${this.prefix}u${this.#made++}`;
  }
}

/** With the escapes that names may be written in resolved. */
function unescaped(source: string): string {
  if (!source.includes('\\u')) return source;
  return source.replace(/\\u(?:\{([\da-f]+)\}|([\da-f]{4}))/gi, (whole, long?: string, short?: string) => {
    const point = Number.parseInt(long ?? short ?? '', 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
