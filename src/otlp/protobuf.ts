import { Allowance, DEFAULT_LIMITS, type Limits } from './error.js';
import { WIRE, WireReader } from './reader.js';
import type { NamedRow, Schema, Table } from './schema.js';
import { WireWriter } from './writer.js';

type Fields = Record<string, unknown>;

/**
 * Reads a message. Unknown fields, and known ones in another wire type, are skipped, as protobuf asks.
 *
 * @throws OtlpError and nothing else, whatever the bytes are.
 */
export function decodeProtobuf<M extends object>(
  schema: Schema<M>,
  bytes: Uint8Array,
  limits: Readonly<Limits> = DEFAULT_LIMITS,
): M {
  const target: Fields = {};
  readMessage(new WireReader(bytes), schema, target, 1, new Allowance(limits));
  return target as M;
}

function readMessage(
  reader: WireReader,
  schema: Table,
  target: Fields,
  depth: number,
  allowance: Allowance,
): void {
  allowance.descend(depth);
  allowance.spend();
  while (!reader.done) {
    const tag = reader.tag();
    const field = schema.byNumber[tag >>> 3];
    const wireType = tag & 7;
    if (field === undefined) reader.skip(tag);
    else if (field.kind === undefined) {
      if (wireType !== WIRE.BYTES) reader.skip(tag);
      else reader.within(() => readNested(reader, field, target, depth, allowance));
    } else if (wireType === field.kind.wireType) {
      if (field.repeated) {
        allowance.spend();
        listOf(target, field).push(field.kind.read(reader));
      } else target[field.key] = field.kind.read(reader);
    } else if (wireType === WIRE.BYTES && field.repeated) {
      reader.within(() => readPacked(reader, field, target, allowance));
    } else reader.skip(tag);
  }
}

function readNested(
  reader: WireReader,
  field: NamedRow,
  target: Fields,
  depth: number,
  allowance: Allowance,
): void {
  const schema = field.message();
  // a message field that comes twice is merged, as protobuf asks
  const nested = (field.repeated ? undefined : (target[field.key] as Fields | undefined)) ?? {};
  readMessage(reader, schema, nested, depth + 1, allowance);
  if (field.repeated) listOf(target, field).push(nested);
  else target[field.key] = nested;
}

function readPacked(reader: WireReader, field: NamedRow, target: Fields, allowance: Allowance): void {
  const list = listOf(target, field);
  while (!reader.done) {
    allowance.spend();
    list.push(field.kind?.read(reader));
  }
}

function listOf(target: Fields, field: NamedRow): unknown[] {
  const existing = target[field.key] as unknown[] | undefined;
  if (existing !== undefined) return existing;
  const created: unknown[] = [];
  target[field.key] = created;
  return created;
}

/**
 * Writes a message; what is `undefined` is left out. Field order and packing are those of the official exporters.
 *
 * @throws OtlpError `too_deep` beyond 100 levels, which a value that contains itself reaches.
 */
export function encodeProtobuf<M extends object>(schema: Schema<M>, message: M): Uint8Array {
  const writer = new WireWriter();
  writeMessage(writer, schema, message as Fields, 1, new Allowance({ ...DEFAULT_LIMITS, items: Infinity }));
  return writer.finish();
}

function writeMessage(
  writer: WireWriter,
  schema: Table,
  message: Fields,
  depth: number,
  allowance: Allowance,
): void {
  allowance.descend(depth);
  for (const field of schema.fields) {
    const value = message[field.key];
    if (value === undefined || value === null) continue;
    if (!field.repeated) writeField(writer, field, value, depth, allowance);
    else if (field.kind !== undefined && field.kind.wireType !== WIRE.BYTES) {
      writePacked(writer, field, value as unknown[]);
    } else {
      const list = value as unknown[];
      for (let index = list.length - 1; index >= 0; index--) {
        writeField(writer, field, list[index], depth, allowance);
      }
    }
  }
}

function writeField(
  writer: WireWriter,
  field: NamedRow,
  value: unknown,
  depth: number,
  allowance: Allowance,
): void {
  if (field.kind !== undefined) {
    field.kind.write(writer, value);
    writer.tag(field.number, field.kind.wireType);
    return;
  }
  const end = writer.length;
  writeMessage(writer, field.message(), value as Fields, depth + 1, allowance);
  writer.uint32(writer.length - end);
  writer.tag(field.number, WIRE.BYTES);
}

function writePacked(writer: WireWriter, field: NamedRow, list: unknown[]): void {
  if (list.length === 0) return;
  const end = writer.length;
  for (let index = list.length - 1; index >= 0; index--) field.kind?.write(writer, list[index]);
  writer.uint32(writer.length - end);
  writer.tag(field.number, WIRE.BYTES);
}
