import { Allowance, DEFAULT_LIMITS, type Limits, OtlpError } from './error.js';
import { expected } from './kinds.js';
import type { NamedRow, Schema, Table } from './schema.js';

type Fields = Record<string, unknown>;

/**
 * Reads OTLP/JSON: lowerCamelCase names, ids in hexadecimal, 64 bit integers as strings or numbers. Unknown names
 * are skipped; `null` means absent.
 *
 * @throws OtlpError and nothing else, whatever the text is.
 */
export function decodeJson<M extends object>(
  schema: Schema<M>,
  text: string,
  limits: Readonly<Limits> = DEFAULT_LIMITS,
): M {
  return readMessage(parse(text), schema, 1, new Allowance(limits)) as M;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OtlpError('malformed', `not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

function readMessage(json: unknown, schema: Table, depth: number, allowance: Allowance): Fields {
  allowance.descend(depth);
  allowance.spend();
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw expected(`an object for ${schema.name}`);
  }
  const message: Fields = {};
  for (const field of schema.fields) {
    const value = (json as Fields)[field.key];
    if (value === undefined || value === null) continue;
    if (!field.repeated) message[field.key] = readValue(value, field, schema, depth, allowance);
    else {
      if (!Array.isArray(value)) throw expected(`an array for ${schema.name}.${field.key}`);
      message[field.key] = value.map((item) => {
        allowance.spend();
        return readValue(item, field, schema, depth, allowance);
      });
    }
  }
  return message;
}

function readValue(
  json: unknown,
  field: NamedRow,
  schema: Table,
  depth: number,
  allowance: Allowance,
): unknown {
  if (field.kind === undefined) {
    return readMessage(json, field.message(), depth + 1, allowance);
  }
  try {
    return field.kind.fromJson(json);
  } catch (error) {
    throw new OtlpError('malformed', `${schema.name}.${field.key}: ${(error as Error).message}`);
  }
}

/** Writes OTLP/JSON. @throws OtlpError `too_deep` beyond 100 levels, which a value that contains itself reaches. */
export function encodeJson<M extends object>(schema: Schema<M>, message: M): string {
  return JSON.stringify(
    toJson(schema, message as Fields, 1, new Allowance({ ...DEFAULT_LIMITS, items: Infinity })),
  );
}

function toJson(schema: Table, message: Fields, depth: number, allowance: Allowance): Fields {
  allowance.descend(depth);
  const json: Fields = {};
  for (let index = schema.fields.length - 1; index >= 0; index--) {
    const field = schema.fields[index] as NamedRow;
    const value = message[field.key];
    if (value === undefined || value === null) continue;
    const one = (item: unknown) =>
      field.kind === undefined
        ? toJson(field.message(), item as Fields, depth + 1, allowance)
        : field.kind.toJson(item);
    json[field.key] = field.repeated ? (value as unknown[]).map(one) : one(value);
  }
  return json;
}
