import { OtlpError } from './error.js';

export const WIRE = { VARINT: 0, FIXED64: 1, BYTES: 2, GROUP: 3, END_GROUP: 4, FIXED32: 5 } as const;

const MAX_OPEN_GROUPS = 100;

/** Reads protobuf's primitives; every read is checked against the end of the enclosing message. */
export class WireReader {
  readonly #bytes: Buffer;
  #position = 0;
  #end: number;
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.byteLength;
  }

  get done(): boolean {
    return this.#position >= this.#end;
  }

  /** Field number and wire type in one number, as on the wire. */
  tag(): number {
    this.#varint();
    if (this.#high !== 0 || this.#low >>> 3 === 0) throw this.#malformed('no such field number');
    return this.#low;
  }

  /** The lower 32 bits of a varint, unsigned. */
  uint32(): number {
    this.#varint();
    return this.#low;
  }

  /** Whether any of a varint's bits is set. */
  bool(): boolean {
    this.#varint();
    return (this.#low | this.#high) !== 0;
  }

  uint64(): bigint {
    this.#varint();
    return this.#high === 0 ? BigInt(this.#low) : (BigInt(this.#high) << 32n) | BigInt(this.#low);
  }

  fixed32(): number {
    return this.#bytes.readUInt32LE(this.#advance(4));
  }

  fixed64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#advance(8));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#advance(8));
  }

  /** A view into the input, not a copy. */
  bytes(): Buffer {
    const length = this.#length();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Runs `action` with the end moved to the end of the length-delimited field that begins here. */
  within(action: () => void): void {
    const length = this.#length();
    const outer = this.#end;
    this.#end = this.#position + length;
    action();
    this.#end = outer;
  }

  skip(tag: number): void {
    const open: number[] = [];
    for (let current = tag; ; current = this.tag()) {
      this.#skipOne(current, open);
      if (open.length === 0) return;
      if (this.done) throw new OtlpError('truncated', 'a group that does not end');
    }
  }

  #skipOne(tag: number, open: number[]): void {
    switch (tag & 7) {
      case WIRE.VARINT:
        this.#varint();
        return;
      case WIRE.FIXED64:
        this.#advance(8);
        return;
      case WIRE.BYTES:
        this.#advance(this.#length());
        return;
      case WIRE.GROUP:
        if (open.push(tag >>> 3) > MAX_OPEN_GROUPS) throw new OtlpError('too_deep', 'too many nested groups');
        return;
      case WIRE.END_GROUP:
        if (open.pop() !== tag >>> 3) throw this.#malformed('an end without its group');
        return;
      case WIRE.FIXED32:
        this.#advance(4);
        return;
      default:
        throw this.#malformed(`no such wire type: ${tag & 7}`);
    }
  }

  #length(): number {
    this.#varint();
    if (this.#high !== 0 || this.#low > this.#end - this.#position) throw this.#truncated();
    return this.#low;
  }

  #advance(count: number): number {
    const start = this.#position;
    if (count > this.#end - start) throw this.#truncated();
    this.#position = start + count;
    return start;
  }

  #varint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#position >= this.#end) throw this.#truncated();
      const byte = this.#bytes[this.#position++] as number;
      if (shift < 28) low |= (byte & 0x7f) << shift;
      else if (shift === 28) {
        low |= (byte & 0x0f) << 28;
        high = (byte & 0x7f) >>> 4;
      } else high |= (byte & 0x7f) << (shift - 32);
      if (byte < 0x80) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw this.#malformed('a varint longer than ten bytes');
  }

  #truncated(): OtlpError {
    return new OtlpError('truncated', `the message ends too early, at byte ${this.#position}`);
  }

  #malformed(what: string): OtlpError {
    return new OtlpError('malformed', `${what}, before byte ${this.#position}`);
  }
}
