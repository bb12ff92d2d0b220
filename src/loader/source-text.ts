const BOM = 0xfeff;

/**
 * The text of a source as a load hook is handed it: a string, an ArrayBuffer, or a view on one. Undefined for all else,
 * for what is not UTF-8, and for a text that begins with a byte order mark: there columns are told in two ways.
 */
export function textOf(source: unknown): string | undefined {
  const text = typeof source === 'string' ? source : decode(source);
  return text === undefined || text.charCodeAt(0) === BOM ? undefined : text;
}

/** Of a view its bytes are meant, never its `toString()`: that of a Uint8Array is `99,111,…`, a valid program. */
function decode(source: unknown): string | undefined {
  const bytes = bytesOf(source);
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function bytesOf(source: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  const kind = Object.prototype.toString.call(source);
  const isBuffer = kind === '[object ArrayBuffer]' || kind === '[object SharedArrayBuffer]';
  return isBuffer ? new Uint8Array(source as ArrayBuffer) : undefined;
}
