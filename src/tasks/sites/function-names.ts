/** What the author called functions that a minifier gave other names. */

/** A name that a source map knows for a place in the generated file (lines and columns from 0). */
export interface NamedPlace {
  line: number;
  column: number;
  name: string;
}

/** `async function*`, before the name of what it declares. */
const DECLARES = /(?:\basync\s+)?\bfunction\b\s*\*?\s*$/;
const LONGEST_DECLARATION = 32;
/** After a name: the function that is assigned to it begins where this ends. */
const ASSIGNED = /\s*=\s*(?=(?:async\b|function\b|\(|[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>))/uy;

interface Renamed {
  /** How many characters the name has in the generated file. */
  length: number;
  name: string;
}

/** Looked at in a millisecond or two. */
const STEP_PLACES = 5_000;
/** In characters; lines are counted above it. */
const LONGEST_LINE = 2 ** 28;
const [SPACE, STAR, EQUALS] = [32, 42, 61];

/** The names of functions by where they begin, as V8 counts it: from 1, at `function`, `async` or the first parameter. */
export class FunctionNames {
  readonly #renamed = new Map<number, Renamed>();
  #lineStarts = [0];

  /** `text` is the generated file, kept until all `places` in it have been looked at. */
  constructor(
    private text: string,
    private readonly places: Iterator<NamedPlace>,
  ) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1);
  }

  /** Looks at some of the places, for some milliseconds; true when those were the last. */
  step(): boolean {
    for (let i = 0; i < STEP_PLACES; i++) {
      const { done, value } = this.places.next();
      if (done) {
        this.text = '';
        this.#lineStarts = [];
        return true;
      }
      this.#add(this.text, value);
    }
    return false;
  }

  /** Of the names that are kept, about. */
  get bytes(): number {
    return this.#renamed.size * 80;
  }

  /** The author's name for the function `generated` that begins there; undefined where it is that, or not known. */
  find(line: number, column: number, generated: string): string | undefined {
    const renamed = this.#renamed.get(keyOf(line, column));
    return renamed?.length === generated.length ? renamed.name : undefined;
  }

  #add(text: string, { line, column, name }: NamedPlace): void {
    const lineStart = this.#lineStarts[line];
    if (lineStart === undefined) return;
    const at = lineStart + column;
    const end = endOfIdentifier(text, at);
    const length = end - at;
    if (length === 0 || name === '' || (length === name.length && text.startsWith(name, at))) return;
    const before = text.charCodeAt(at - 1);
    const after = text.charCodeAt(end);
    if (before <= SPACE || before === STAR) {
      const declares = DECLARES.exec(text.slice(Math.max(lineStart, at - LONGEST_DECLARATION), at));
      if (declares !== null) {
        this.#set(line, column - declares[0].length, length, name);
        return;
      }
    }
    if (after > SPACE && after !== EQUALS) return;
    ASSIGNED.lastIndex = end;
    if (ASSIGNED.test(text)) this.#set(line, ASSIGNED.lastIndex - lineStart, length, name);
  }

  #set(line: number, column: number, length: number, name: string): void {
    this.#renamed.set(keyOf(line + 1, column + 1), { length, name });
  }
}

function keyOf(line: number, column: number): number {
  return line * LONGEST_LINE + column;
}

/** Beyond ASCII all is taken for letters. */
function endOfIdentifier(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    const isLetter = (code | 32) >= 97 && (code | 32) <= 122;
    const isDigit = code >= 48 && code <= 57;
    if (!isLetter && !(isDigit && at > start) && code !== 36 && code !== 95 && code < 128) break;
    at++;
  }
  return at;
}
