/** The `mappings` of a source map (ECMA-426) as a flat table, and back. Kept apart from look-ups: it also holds names. */

/** Numbers a segment: generated line and column, source, its line and column, name; from 0, and -1 for none. */
export const WIDTH = 6;

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUE_OF = new Int8Array(128).fill(-1);
for (let value = 0; value < BASE64.length; value++) VALUE_OF[BASE64.charCodeAt(value)] = value;

const COMMA = 44;
const SEMICOLON = 59;

/** The segments in the order of the generated text. Throws a TypeError on a character that has no place there. */
export function decodeMappings(text: string): number[] {
  const table: number[] = [];
  const running = [0, 0, 0, 0, 0];
  let line = 0;
  let field = 0;
  let value = 0;
  let shift = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : COMMA;
    if (code === COMMA || code === SEMICOLON) {
      if (field > 0) {
        const [column, source, sourceLine, sourceColumn, name] = running as [
          number,
          number,
          number,
          number,
          number,
        ];
        if (field >= 4) table.push(line, column, source, sourceLine, sourceColumn, field >= 5 ? name : -1);
        else table.push(line, column, -1, -1, -1, -1);
        field = 0;
      }
      if (code === SEMICOLON) {
        line++;
        running[0] = 0;
      }
      continue;
    }
    const digit = code < 128 ? (VALUE_OF[code] as number) : -1;
    if (digit < 0) throw new TypeError('a character in the mappings is no base64 digit');
    value |= (digit & 31) << shift;
    if (digit & 32) {
      shift += 5;
      continue;
    }
    if (field < 5) (running[field] as number) += value & 1 ? -(value >>> 1) : value >>> 1;
    field++;
    value = 0;
    shift = 0;
  }
  return table;
}

export function encodeMappings(table: readonly number[]): string {
  let text = '';
  let line = 0;
  let first = true;
  const previous = [0, 0, 0, 0, 0];
  const write = (field: number, value: number) => {
    text += encodeNumber(value - (previous[field] as number));
    previous[field] = value;
  };
  for (let at = 0; at < table.length; at += WIDTH) {
    while (line < (table[at] as number)) {
      text += ';';
      line++;
      previous[0] = 0;
      first = true;
    }
    if (!first) text += ',';
    first = false;
    write(0, table[at + 1] as number);
    if ((table[at + 2] as number) < 0) continue;
    for (let field = 1; field < 4; field++) write(field, table[at + field + 1] as number);
    if ((table[at + 5] as number) >= 0) write(4, table[at + 5] as number);
  }
  return text;
}

function encodeNumber(value: number): string {
  let text = '';
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += BASE64[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}
