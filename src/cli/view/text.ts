/** Text that came from outside, made fit for a terminal, and measured in columns. */

const TEXT_LIMIT = 400;
/** Controls, and the characters that reorder or hide what stands around them. */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

/** One line without controls, escape sequences or reordering marks, at most 400 characters. */
export function clean(text: string, limit = TEXT_LIMIT): string {
  const short = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return short
    .replace(/\s*[\t\r\n]\s*/g, ' ')
    .replace(UNSAFE, (char) => {
      const code = char.codePointAt(0) as number;
      return code < 0x20 ? String.fromCodePoint(0x2400 + code) : '\ufffd';
    })
    .trim();
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const NO_WIDTH = /^\p{M}+$/u;
const PLAIN = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns a text takes. */
export function columns(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let sum = 0;
  for (const { segment } of graphemes.segment(text)) sum += columnsOf(segment);
  return sum;
}

function columnsOf(grapheme: string): number {
  if (WIDE.test(grapheme) || grapheme.includes('\ufe0f')) return 2;
  return NO_WIDTH.test(grapheme) ? 0 : 1;
}

/** At most `width` columns of the beginning, then `mark`. */
export function fit(text: string, width: number, mark: string): string {
  if (columns(text) <= width) return text;
  let taken = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = columnsOf(segment);
    if (used + next > width - 1) break;
    taken += segment;
    used += next;
  }
  return width > 0 ? taken + mark : '';
}

/** At most `width` columns of the end, after `mark`: a path's file matters more than its root. */
export function fitEnd(text: string, width: number, mark: string): string {
  if (columns(text) <= width) return text;
  const segments = [...graphemes.segment(text)].map(({ segment }) => segment);
  let taken = '';
  let used = 0;
  for (let index = segments.length - 1; index >= 0; index--) {
    const next = columnsOf(segments[index] as string);
    if (used + next > width - 1) break;
    taken = segments[index] + taken;
    used += next;
  }
  const slash = taken.indexOf('/');
  const whole = slash > 0 && slash < taken.length / 2 ? taken.slice(slash) : taken;
  return width > 0 ? mark + whole : '';
}

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - columns(text))) + text;
}

/** Broken at spaces into at most `most` lines of `width` columns; what does not fit is cut. */
export function wrap(text: string, width: number, most: number, mark: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && columns(longer) > width && lines.length < most - 1) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((one) => fit(one, width, mark));
}
