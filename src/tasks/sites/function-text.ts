import { toPath } from './script-map.js';
import type { Site } from './site-table.js';
import { definitionOf, locationOf } from './source-maps.js';
import { calledAfterAwait, textFrom } from './source-words.js';

/** As much of a function is looked at. */
const LINES = 300;
/** Letters; lines of minified code are long. */
const LONGEST = 20_000;
const LOOP = /\bfor\s+await\b|\bwhile\s*\(|\bfor\s*\(\s*;|\bdo\s*\{/;
/** Comments, strings, and templates as far as their first inner one. */
const NO_CODE = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g;
/** Words of Node's for waiting until something happens, be it ever so late. */
const PATIENT = new Set(['once', 'pipeline', 'finished', 'question']);
/** Where Node has them, and what it makes for `for await` over streams and emitters. */
const PATIENT_FILES = /^node:(events|stream|readline|internal\/(streams|readline|fs\/watchers))\b/;

const known = new WeakMap<Site, boolean>();

/**
 * Whether the function defined at a site may go round a loop that takes what comes, as those of consumers do. As far as
 * its text tells: where that cannot be read, it may. Reads files: not for hooks.
 */
export function mayTakeWhatComes(definition: Site): boolean {
  let answer = known.get(definition);
  if (answer === undefined) {
    const text = textOf(definition);
    answer = text === '' || LOOP.test(bodyOf(text));
    known.set(definition, answer);
  }
  return answer;
}

/** What runs is there to be read, where its source may not be. */
function textOf(definition: Site): string {
  const { file, definitionLine: line, definitionColumn: column } = definition;
  const running = file !== null && line > 0 ? textFrom({ file: toPath(file), line, column }, LINES) : '';
  const source = definitionOf(definition) ?? locationOf(definition);
  return (running || (source ? textFrom(source, LINES) : '')).slice(0, LONGEST);
}

/** The function that a text begins with, without comments and strings. */
export function bodyOf(text: string): string {
  const code = text.replace(NO_CODE, ' ');
  let brackets = 0;
  let braces = 0;
  for (let at = 0; at < code.length; at++) {
    const letter = code[at] as string;
    if (letter === '(' || letter === '[') brackets++;
    else if (letter === ')' || letter === ']') brackets--;
    // those of its parameters lie in brackets
    else if (brackets === 0 && letter === '{') braces++;
    else if (brackets === 0 && letter === '}') braces--;
    else if (brackets !== 0 || braces !== 0 || !/[,;]/.test(letter)) continue;
    const isOver = letter === '}' ? brackets === 0 && braces <= 0 : brackets < 0 || /[,;]/.test(letter);
    if (isOver) return code.slice(0, at + 1);
  }
  return code;
}

/** Whether a function of Node's that is defined there waits for something to happen. */
export function isPatient({ file }: Site): boolean {
  return file !== null && PATIENT_FILES.test(file);
}

/** Whether a function of Node's that is defined there waits for what another machine answers. */
export function isFetch({ file }: Site): boolean {
  return file?.startsWith('node:internal/deps/undici') === true;
}

/** What the source says is awaited at a place: an event, an answer, or something else. */
export function awaitedAt(waitSite: Site): 'event' | 'answer' | undefined {
  const called = calledAfterAwait(waitSite);
  const word = called.slice(called.lastIndexOf('.') + 1);
  if (word === 'fetch') return 'answer';
  return PATIENT.has(word) ? 'event' : undefined;
}
