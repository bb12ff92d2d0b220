import { OtlpError } from './error.js';
import { WIRE, type WireReader } from './reader.js';
import type { WireWriter } from './writer.js';

/** How one kind of value looks in protobuf and in OTLP/JSON. */
export interface Kind<V> {
  wireType: number;
  read(reader: WireReader): V;
  write(writer: WireWriter, value: V): void;
  toJson(value: V): unknown;
  /** @throws OtlpError `malformed` */
  fromJson(json: unknown): V;
}

const integer = (lowest: number, highest: number) => (json: unknown) => {
  const value = typeof json === 'string' && /^-?\d{1,10}$/.test(json) ? Number(json) : json;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < lowest || value > highest) {
    throw expected(`an integer from ${lowest} to ${highest}`);
  }
  return value;
};

/** JSON has strings for 64 bits; plain integers are taken as well, as the specification asks. */
const integer64 = (lowest: bigint, highest: bigint) => (json: unknown) => {
  const decimal = typeof json === 'string' && /^-?\d{1,20}$/.test(json);
  if (!decimal && !(typeof json === 'number' && Number.isInteger(json))) throw expected('a 64 bit integer');
  const value = BigInt(json as string | number);
  if (value < lowest || value > highest) throw expected('a 64 bit integer');
  return value;
};

const UINT32 = integer(0, 2 ** 32 - 1);
const INT32 = integer(-(2 ** 31), 2 ** 31 - 1);
const UINT64 = integer64(0n, 2n ** 64n - 1n);
const INT64 = integer64(-(2n ** 63n), 2n ** 63n - 1n);
const same = <V>(value: V): unknown => value;

function kind<V>(
  wireType: number,
  read: (reader: WireReader) => V,
  write: (writer: WireWriter, value: V) => void,
  fromJson: (json: unknown) => V,
  toJson: (value: V) => unknown = same,
): Kind<V> {
  return { wireType, read, write, fromJson, toJson };
}

function delimited(writer: WireWriter, bytes: Uint8Array): void {
  writer.raw(bytes);
  writer.uint32(bytes.length);
}

export const KINDS = {
  bool: kind(
    WIRE.VARINT,
    (reader) => reader.bool(),
    (writer, value: boolean) => writer.uint32(value ? 1 : 0),
    (json) => {
      if (typeof json !== 'boolean') throw expected('true or false');
      return json;
    },
  ),
  uint32: kind(
    WIRE.VARINT,
    (reader) => reader.uint32(),
    (writer, value: number) => writer.uint32(value),
    UINT32,
  ),
  enumeration: kind(
    WIRE.VARINT,
    (reader) => reader.uint32() | 0,
    (writer, value: number) => writer.uint64(BigInt(value)),
    INT32,
  ),
  sint32: kind(
    WIRE.VARINT,
    (reader) => zigzag(reader.uint32()),
    (writer, value: number) => writer.uint32((value << 1) ^ (value >> 31)),
    INT32,
  ),
  fixed32: kind(
    WIRE.FIXED32,
    (reader) => reader.fixed32(),
    (writer, value: number) => writer.fixed32(value),
    UINT32,
  ),
  uint64: kind(
    WIRE.VARINT,
    (reader) => reader.uint64(),
    (writer, value: bigint) => writer.uint64(value),
    UINT64,
    String,
  ),
  int64: kind(
    WIRE.VARINT,
    (reader) => BigInt.asIntN(64, reader.uint64()),
    (writer, value: bigint) => writer.uint64(value),
    INT64,
    String,
  ),
  fixed64: kind(
    WIRE.FIXED64,
    (reader) => reader.fixed64(),
    (writer, value: bigint) => writer.fixed64(value),
    UINT64,
    String,
  ),
  sfixed64: kind(
    WIRE.FIXED64,
    (reader) => BigInt.asIntN(64, reader.fixed64()),
    (writer, value: bigint) => writer.fixed64(value),
    INT64,
    String,
  ),
  double: kind(
    WIRE.FIXED64,
    (reader) => reader.double(),
    (writer, value: number) => writer.double(value),
    (json) => {
      if (typeof json === 'number') return json;
      const special = json === 'NaN' || json === 'Infinity' || json === '-Infinity';
      const numeric = typeof json === 'string' && json.trim() !== '' && !Number.isNaN(Number(json));
      if (!special && !numeric) throw expected('a number');
      return Number(json);
    },
    (value) => (Number.isFinite(value) ? value : String(value)),
  ),
  string: kind(
    WIRE.BYTES,
    (reader) => reader.bytes().toString('utf8'),
    (writer, value: string) => delimited(writer, Buffer.from(value, 'utf8')),
    (json) => {
      if (typeof json !== 'string') throw expected('a string');
      return json;
    },
  ),
  bytes: kind(
    WIRE.BYTES,
    (reader) => new Uint8Array(reader.bytes()),
    (writer, value: Uint8Array) => delimited(writer, value),
    (json) => {
      if (typeof json !== 'string') throw expected('a base64 string');
      return new Uint8Array(Buffer.from(json, 'base64'));
    },
    (value) => Buffer.from(value).toString('base64'),
  ),
  /** Trace and span ids: bytes in protobuf, hexadecimal in OTLP/JSON (not base64) and in this program. */
  id: kind(
    WIRE.BYTES,
    (reader) => reader.bytes().toString('hex'),
    (writer, value: string) => delimited(writer, Buffer.from(value, 'hex')),
    (json) => {
      if (typeof json !== 'string' || !/^([0-9a-f]{2})*$/i.test(json)) throw expected('a hexadecimal id');
      return json.toLowerCase();
    },
  ),
} as const;

function zigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

export function expected(what: string): OtlpError {
  return new OtlpError('malformed', `expected ${what}`);
}
