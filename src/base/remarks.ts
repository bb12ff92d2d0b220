import { warnOnce } from './guard.js';

type Say = (key: string, line: string) => void;

/** Through `diag`, unless whoever starts us knows a better way to reach the one who set us up. */
let say: Say = warnOnce;

export function remarkThrough(way: Say): void {
  say = way;
}

/** What is amiss with how we were set up: one line, once for each `key`. */
export function remark(key: string, line: string): void {
  say(key, line);
}
