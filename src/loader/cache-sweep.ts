import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What the cache may hold after a look at it; as much again may be written by a process before the next one. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_AGE_MS = 30 * 24 * 60 * 60 * 1000;
/** A file in the making is older only where its process died. */
const UNFINISHED_MS = 60 * 60 * 1000;
/** So many are looked at; a folder with more holds what is not ours. */
const MAX_FILES = 20_000;

/** Removes what is too old, what was never finished, and beyond the bound what was used least lately. Never throws. */
export function sweep(folder: string, now = Date.now(), maxBytes = MAX_BYTES): void {
  try {
    const files = readdirSync(folder).slice(0, MAX_FILES).flatMap(entryOf(folder));
    files.sort((a, b) => b.usedMs - a.usedMs);
    let bytes = 0;
    for (const file of files) {
      const age = now - file.usedMs;
      const unfinished = file.path.endsWith('.tmp');
      if (!unfinished) bytes += file.bytes;
      if (unfinished ? age > UNFINISHED_MS : age > MAX_AGE_MS || bytes > maxBytes) remove(file.path);
    }
  } catch {
    // gone, or read-only
  }
}

interface Entry {
  path: string;
  bytes: number;
  usedMs: number;
}

const entryOf =
  (folder: string) =>
  (name: string): Entry[] => {
    try {
      const path = join(folder, name);
      const stat = lstatSync(path);
      return stat.isFile() ? [{ path, bytes: stat.size, usedMs: stat.mtimeMs }] : [];
    } catch {
      return []; // another process was faster
    }
  };

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // another process was faster
  }
}
