import type { AnyValue, KeyValue } from './messages.js';

/** An attribute as programs hold it. Objects come from other senders only. */
export type Value =
  | string
  | number
  | boolean
  | bigint
  | Uint8Array
  | null
  | readonly Value[]
  | { readonly [key: string]: Value };

/** Whole numbers in the safe range become integers, all others doubles, as OpenTelemetry's own exporters do it. */
export function toAnyValue(value: Value | undefined): AnyValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'bigint':
      return { intValue: value };
    case 'number':
      return Number.isSafeInteger(value) ? { intValue: BigInt(value) } : { doubleValue: value };
    case 'object':
      if (value === null) return {};
      if (value instanceof Uint8Array) return { bytesValue: value };
      if (Array.isArray(value)) return { arrayValue: { values: value.map(toAnyValue) } };
      return { kvlistValue: { values: toKeyValues(value as { readonly [key: string]: Value }) } };
    default:
      return {};
  }
}

export function toKeyValues(attributes: { readonly [key: string]: Value | undefined }): KeyValue[] {
  const list: KeyValue[] = [];
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) list.push({ key, value: toAnyValue(value) });
  }
  return list;
}

/** Integers in the safe range come back as numbers. The first member that is set counts. */
export function fromAnyValue(value: AnyValue | undefined): Value {
  if (value === undefined) return null;
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) {
    const number = Number(value.intValue);
    return Number.isSafeInteger(number) ? number : value.intValue;
  }
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(fromAnyValue);
  if (value.kvlistValue !== undefined) return Object.fromEntries(fromKeyValues(value.kvlistValue.values));
  return value.bytesValue ?? null;
}

/** A map, because keys come from outside. */
export function fromKeyValues(list: readonly KeyValue[] | undefined): Map<string, Value> {
  const map = new Map<string, Value>();
  for (const { key, value } of list ?? []) map.set(key ?? '', fromAnyValue(value));
  return map;
}

/** Milliseconds since the epoch, fractional, as nanoseconds. */
export function toNanos(timeMs: number): bigint {
  const whole = Math.floor(timeMs);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((timeMs - whole) * 1e6));
}
