/**
 * Writes protobuf's primitives from the last byte to the first: when a length is due, what it measures is already
 * written, so nothing is measured or copied twice.
 */
export class WireWriter {
  #buffer = Buffer.allocUnsafe(1024);
  #start = 1024;

  /** Bytes written so far. */
  get length(): number {
    return this.#buffer.length - this.#start;
  }

  finish(): Uint8Array {
    return new Uint8Array(this.#buffer.subarray(this.#start));
  }

  tag(field: number, wireType: number): void {
    this.uint32((field << 3) | wireType);
  }

  uint32(value: number): void {
    let rest = value >>> 0;
    let size = 1;
    for (let probe = rest; probe > 0x7f; probe >>>= 7) size++;
    const start = this.#reserve(size);
    for (let index = 0; index < size; index++, rest >>>= 7) {
      this.#buffer[start + index] = index === size - 1 ? rest : (rest & 0x7f) | 0x80;
    }
  }

  uint64(value: bigint): void {
    if (value >= 0n && value <= 0xffffffffn) {
      this.uint32(Number(value));
      return;
    }
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.raw(Uint8Array.from(bytes));
  }

  fixed32(value: number): void {
    const start = this.#reserve(4);
    this.#buffer.writeUInt32LE(value >>> 0, start);
  }

  fixed64(value: bigint): void {
    const start = this.#reserve(8);
    this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), start);
  }

  double(value: number): void {
    const start = this.#reserve(8);
    this.#buffer.writeDoubleLE(value, start);
  }

  raw(bytes: Uint8Array): void {
    const start = this.#reserve(bytes.length);
    this.#buffer.set(bytes, start);
  }

  #reserve(size: number): number {
    if (size > this.#start) this.#grow(size);
    this.#start -= size;
    return this.#start;
  }

  #grow(size: number): void {
    const used = this.length;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, used + size));
    this.#buffer.copy(grown, grown.length - used, this.#start);
    this.#start = grown.length - used;
    this.#buffer = grown;
  }
}
