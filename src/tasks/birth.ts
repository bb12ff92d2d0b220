import type { TaskKind } from '../types.js';
import type { Site } from './sites/site-table.js';
import type { TaskOwnership } from './task.js';

/** How often what its tasks create was looked at in a second. */
export interface LookedAt {
  second: number;
  looks: number;
}

/** What tasks made at one place, in one way, have in common: shared, so that a million tasks hold a few of it. */
export interface Birth {
  readonly kind: TaskKind;
  /** Node's resource type. */
  readonly type: string;
  readonly name: string;
  readonly ownership: TaskOwnership;
  readonly site: Site | undefined;
  readonly definition: Site | undefined;
  /** The creation stack, in debug mode. */
  readonly stack: readonly Site[] | undefined;
  /** For `SiteBudget` alone. */
  lookedAt: LookedAt;
  /** For `FlightWriter` alone: its number for this birth, and its own number. */
  label: number;
  labelledBy: number;
}

type Place = 'site' | 'definition' | 'stack';
export type BirthFacts = Omit<Birth, 'lookedAt' | 'label' | 'labelledBy' | Place> &
  Partial<Pick<Birth, Place>>;

const NEVER: LookedAt = { second: -1, looks: 0 };

/** A promise of which nothing is known but that it is there. */
export const UNSEEN: Birth = {
  kind: 'promise',
  type: 'PROMISE',
  name: '',
  ownership: 'internal',
  site: undefined,
  definition: undefined,
  stack: undefined,
  lookedAt: NEVER,
  label: 0,
  labelledBy: 0,
};

const CAPACITY = 20_000;
/** Ways to one place that are told apart; a place with more of them forgets the oldest. */
const WAYS = 16;

let size = 0;
let births = new Map<Site | undefined, Birth[]>();

/** The one object that says `facts`, while the table holds it. */
export function birthOf(facts: BirthFacts): Birth {
  const { kind, type, name, ownership, site, definition, stack } = facts;
  const own = { lookedAt: NEVER, label: 0, labelledBy: 0 };
  const birth: Birth = { kind, type, name, ownership, site, definition, stack, ...own };
  let ways = births.get(birth.site);
  const known = ways?.find((way) => isSame(way, birth));
  if (known !== undefined) return known;
  if (ways === undefined) {
    if (size >= CAPACITY) {
      births = new Map();
      size = 0;
    }
    size++;
    ways = [];
    births.set(birth.site, ways);
  }
  if (ways.length >= WAYS) ways.shift();
  ways.push(birth);
  return birth;
}

function isSame(a: Birth, b: Birth): boolean {
  return (
    a.ownership === b.ownership &&
    a.name === b.name &&
    a.definition === b.definition &&
    a.type === b.type &&
    a.kind === b.kind &&
    isSameStack(a.stack, b.stack)
  );
}

function isSameStack(a: readonly Site[] | undefined, b: readonly Site[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
