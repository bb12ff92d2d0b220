/** Choices, names and the space between tokens, all from one seed. */
import { seeded } from '../random.js';

/** Identifiers of the programs: some look like keywords, some like what a compiler would insert. */
const NAMES = [
  'a',
  'b',
  '$',
  '_',
  'async',
  'of',
  'get',
  'task',
  '$task',
  '_t',
  '__otel',
  'ünïcode',
  'site',
  'using',
];

export class Words {
  readonly #random: () => number;
  #counter = 0;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** A number of its own, so that every line of output says where it comes from. */
  next(): number {
    return ++this.#counter;
  }

  name(): string {
    return this.pick(NAMES);
  }

  /** Between two tokens, where a line may end. */
  gap(): string {
    return this.chance(0.85)
      ? ' '
      : this.pick(['\n', '  ', ' /* await f() */ ', ' // async () => {\n', '/*\n*/', '\t']);
  }

  /** Between two tokens, where a line must not end. */
  tight(): string {
    return this.chance(0.9) ? ' ' : this.pick([' /* } */ ', '/**/', '  ']);
  }

  /** What ends a statement: often nothing but the line, as those write it who leave semicolons out. */
  end(): string {
    return this.chance(0.6) ? ';' : '';
  }
}
