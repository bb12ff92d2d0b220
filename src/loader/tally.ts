import { remark } from '../base/remarks.js';
import type { Reason } from './candidate.js';

/** Nobody needs to know: such a module has nothing to compile, or nobody asked for it. */
const UNREMARKABLE: readonly Reason[] = ['not user code', 'nothing asynchronous', 'compiled already'];

const REMARKS: { readonly [R in Reason]?: string } = {
  'no source': 'CommonJS modules without a source are not compiled',
  'source taken away': 'CommonJS modules whose source another hook takes away are not compiled',
  'another loader': 'CommonJS modules that another loader reads (tsx, ts-node, babel) are not compiled',
  'types transformed': 'TypeScript is not compiled under --experimental-transform-types',
};

export interface Counts {
  functions: number;
  awaits: number;
}

/** What has been made of the modules of this thread. */
export class Tally {
  readonly #left = new Map<Reason, number>();
  #told = '';
  modules = 0;
  functions = 0;
  awaits = 0;
  fromCache = 0;
  compileMs = 0;

  constructor(private readonly shed: (reason: string) => void = () => {}) {}

  add({ functions, awaits }: Counts, modules: 1 | -1): void {
    this.modules += modules;
    this.functions += functions * modules;
    this.awaits += awaits * modules;
  }

  /** One line for those who look into it; undefined where nothing has changed since the last. */
  news(): string | undefined {
    const left = [...this.#left].map(([reason, count]) => `${count} ${reason}`).join(', ');
    const news =
      `${this.modules} modules compiled (${this.functions} functions, ${this.awaits} awaits), ` +
      `${this.fromCache} of them from the cache, in ${this.compileMs.toFixed(0)} ms; left as they are: ${left || 'none'}`;
    if (news === this.#told) return undefined;
    this.#told = news;
    return news;
  }

  /** How many modules were left as they are, by reason. */
  get left(): ReadonlyMap<Reason, number> {
    return this.#left;
  }

  leave(reason: Reason, url: string): void {
    this.#left.set(reason, (this.#left.get(reason) ?? 0) + 1);
    if (UNREMARKABLE.includes(reason)) return;
    this.shed(`compiled site: ${reason}`);
    const line = REMARKS[reason] ?? `a module is not compiled (${reason})`;
    remark(
      `compiled sites: ${reason}`,
      `${line}: hooks tell of them, where no other module is compiled. The first is ${url}`,
    );
  }
}
