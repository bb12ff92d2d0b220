import { KINDS, type Kind } from './kinds.js';

/** One field of a message: its number, and what it holds. */
export interface Row {
  readonly number: number;
  readonly repeated: boolean;
  /** How a single element is written; `undefined` where it is a message. */
  readonly kind: Kind<unknown> | undefined;
  /** A function, because values hold lists of values. */
  readonly message: () => Table;
}

export interface NamedRow extends Row {
  readonly key: string;
}

/** A message type. The same table drives both directions of both encodings. */
export interface Table {
  readonly name: string;
  /** By descending number: the writer works backwards. */
  readonly fields: readonly NamedRow[];
  /** Indexed by field number. */
  readonly byNumber: readonly (NamedRow | undefined)[];
}

/** A row that fits a property of type `V` only. */
export interface Field<V> extends Row {
  readonly fits?: (value: V) => V;
}

/** The table of messages of type `M`. */
export interface Schema<M extends object> extends Table {
  readonly describes?: (message: M) => M;
}

/** The compiler holds every table against its interface: no field missing, none too many, none of another type. */
export function define<M extends object>(
  name: string,
  rows: { readonly [K in keyof Required<M>]: Field<Required<M>[K]> },
): Schema<M> {
  const named = Object.entries(rows as Record<string, Row>).map(([key, row]) => ({ ...row, key }));
  const byNumber: NamedRow[] = [];
  for (const row of named) byNumber[row.number] = row;
  return { name, fields: named.sort((a, b) => b.number - a.number), byNumber };
}

type KindName = keyof typeof KINDS;
type ValueOf<N extends KindName> = (typeof KINDS)[N] extends Kind<infer V> ? V : never;

export function field<N extends KindName>(number: number, kind: N): Field<ValueOf<N>> {
  return scalar(number, kind, false);
}

export function fields<N extends KindName>(number: number, kind: N): Field<ValueOf<N>[]> {
  return scalar(number, kind, true);
}

export function message<M extends object>(number: number, of: () => Schema<M>): Field<M> {
  return { number, repeated: false, kind: undefined, message: of };
}

export function messages<M extends object>(number: number, of: () => Schema<M>): Field<M[]> {
  return { number, repeated: true, kind: undefined, message: of };
}

function scalar(number: number, name: KindName, repeated: boolean): Row {
  const kind = KINDS[name] as unknown as Kind<unknown>;
  return { number, repeated, kind, message: () => ({ name, fields: [], byNumber: [] }) };
}
