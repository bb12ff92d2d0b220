import type { CodeLocation } from '../types.js';
import type { FunctionTask } from './function-task.js';
import { definitionOf } from './sites/source-maps.js';

const REMEMBERED = 64;

/**
 * Compiled functions that were rejected of late. No hook tells which promise was theirs; the stack of an error that
 * nobody handled does tell which of them it came out of last.
 */
export class RejectedFunctions {
  #recent: FunctionTask[] = [];

  get any(): boolean {
    return this.#recent.length > 0;
  }

  add(task: FunctionTask): void {
    this.#recent.push(task);
    // not one by one, since a program may live by rejections
    if (this.#recent.length >= REMEMBERED * 2) this.#recent = this.#recent.slice(REMEMBERED);
  }

  /**
   * The function that an error's frames (nearest first, in the author's source) end in; taken out, so that the next
   * such error finds the next. Undefined where calls from different lines come into question.
   */
  take(frames: readonly CodeLocation[]): FunctionTask | undefined {
    for (const frame of [...frames].reverse()) {
      const candidates = this.#recent.filter((task) => isIn(frame, task));
      const [first] = candidates;
      if (first === undefined) continue;
      if (candidates.some(({ birth }) => birth !== first.birth)) return undefined;
      this.#recent = this.#recent.filter((task) => task !== first);
      return first;
    }
    return undefined;
  }

  clear(): void {
    this.#recent = [];
  }
}

function isIn(frame: CodeLocation, { definition }: FunctionTask): boolean {
  const place = definition && definitionOf(definition);
  if (place === undefined || frame.file !== place.file || frame.line < place.line) return false;
  return lastName(frame.functionName) === lastName(place.functionName);
}

/** V8 puts a class or an object before the name of a method. */
function lastName(name: string | undefined): string {
  return name?.slice(name.lastIndexOf('.') + 1) ?? '';
}
