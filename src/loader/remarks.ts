import { warnOnce } from '../base/guard.js';

type Say = (key: string, line: string) => void;

/** Through `diag`, unless whoever starts us knows a better way to reach the one who asked for compiled sites. */
let say: Say = (key, line) => warnOnce(`compiled sites: ${key}`, line);

export function remarkThrough(way: Say): void {
  say = way;
}

/** One line, once for each `key`. */
export function remark(key: string, line: string): void {
  say(`compiled sites: ${key}`, line);
}
