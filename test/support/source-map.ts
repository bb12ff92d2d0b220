/** Writes the `mappings` of source maps for tests. All numbers from 0. */
export interface TestSegment {
  generated: number;
  source: number;
  line: number;
  column: number;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function encodeMappings(lines: readonly (readonly TestSegment[])[]): string {
  let last: TestSegment = { generated: 0, source: 0, line: 0, column: 0 };
  return lines
    .map((segments) => {
      last = { ...last, generated: 0 };
      return segments
        .map((segment) => {
          const text =
            encode(segment.generated - last.generated) +
            encode(segment.source - last.source) +
            encode(segment.line - last.line) +
            encode(segment.column - last.column);
          last = segment;
          return text;
        })
        .join(',');
    })
    .join(';');
}

function encode(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = '';
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}
