import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { process } from '../../base/process.js';
import type { OtlpRequest } from './requests.js';

/** What does not fit in is lost: a collector that is away for days must not fill the disk. */
const MOST_BYTES = 8 * 1024 * 1024;
/** Taken and not given back for so long: who took it has died. */
const TAKEN_FOR_MS = 5 * 60_000;
const MOST_ATTEMPTS = 10;
const OWNER_ALONE = 0o600;
const EVERYBODY_ELSE = 0o077;
const VERSION = 1;

/** An entry is a line: undelivered bytes as they would have been sent. */
interface Line {
  v: number;
  signal: OtlpRequest['signal'];
  encoding: OtlpRequest['encoding'];
  body: string;
}

/**
 * Keeps what a dying process could not deliver until the next start. Several processes may share the file: a line is
 * appended by one write, and who sends them takes the whole file away by renaming it. All of it may throw.
 */
export class CrashFile {
  constructor(private readonly path: string) {}

  /**
   * Appends; what does not fit is left out. Gives how many entries were kept.
   *
   * @throws Error where the path is no file of ours (a link, a folder, somebody else's), or the disk is full.
   */
  keep(undelivered: readonly OtlpRequest[]): number {
    // a file that was taken away between opening and writing may have been read already: then again, into a new one
    for (let attempt = 0; ; attempt++) {
      const fd = this.#open(constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
      try {
        const kept = append(fd, undelivered, fstatSync(fd).size);
        if (attempt >= MOST_ATTEMPTS || this.#isStill(fd)) return kept;
      } finally {
        closeSync(fd);
      }
    }
  }

  /** Takes all entries away, of the file and of takers that have died; `done` removes them for good. */
  take(): { entries: OtlpRequest[]; damaged: number; done(): void } {
    const taken = [this.path, ...this.#abandoned()]
      .map((path) => this.#claim(path))
      .filter((path) => path !== undefined);
    const entries: OtlpRequest[] = [];
    let damaged = 0;
    for (const path of taken) {
      for (const line of readLines(path)) {
        const entry = parse(line);
        if (entry) entries.push(entry);
        else damaged++;
      }
    }
    return { entries, damaged, done: () => taken.forEach(unlinkSync) };
  }

  #open(flags: number): number {
    // no link is followed, and a pipe does not hold us up
    const fd = openSync(this.path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, OWNER_ALONE);
    try {
      ownFile(fstatSync(fd), this.path);
      if ((fstatSync(fd).mode & EVERYBODY_ELSE) !== 0) fchmodSync(fd, OWNER_ALONE);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return fd;
  }

  #isStill(fd: number): boolean {
    const there = statSync(this.path, { throwIfNoEntry: false });
    return there?.ino === fstatSync(fd).ino;
  }

  /** One of several processes gets it. */
  #claim(path: string): string | undefined {
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there === undefined) return undefined;
    ownFile(there, path);
    const claimed = `${this.path}.${process.pid}-${Math.random().toString(36).slice(2, 10)}.taken`;
    try {
      renameSync(path, claimed);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    utimesSync(claimed, new Date(), new Date());
    return claimed;
  }

  #abandoned(): string[] {
    const folder = dirname(this.path);
    const prefix = `${basename(this.path)}.`;
    return readdirSync(folder)
      .filter((name) => name.startsWith(prefix) && name.endsWith('.taken'))
      .map((name) => join(folder, name))
      .filter((path) => {
        const there = lstatSync(path, { throwIfNoEntry: false });
        return there?.isFile() === true && Date.now() - there.mtimeMs > TAKEN_FOR_MS;
      });
  }
}

/** @throws Error for what others can steer: a link, something else than a file, another user's, a second name. */
function ownFile(stats: Stats, path: string): void {
  if (!stats.isFile()) throw new Error(`${path} is no ordinary file`);
  if (process.getuid !== undefined && stats.uid !== process.geteuid?.()) {
    throw new Error(`${path} belongs to another user`);
  }
  if (stats.nlink > 1) throw new Error(`${path} has a second name`);
}

function append(fd: number, undelivered: readonly OtlpRequest[], size: number): number {
  let left = MOST_BYTES - size;
  const lines: Buffer[] = [];
  for (const { signal, encoding, body } of undelivered) {
    const entry: Line = { v: VERSION, signal, encoding, body: Buffer.from(body).toString('base64') };
    // begins a line of its own: what stands before may have been cut off by a full disk
    const line = Buffer.from(`\n${JSON.stringify(entry)}\n`);
    if (line.length > left) continue;
    left -= line.length;
    lines.push(line);
  }
  const all = Buffer.concat(lines);
  if (all.length > 0 && writeSync(fd, all) < all.length) throw new Error('the disk is full');
  return lines.length;
}

function readLines(path: string): string[] {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    ownFile(fstatSync(fd), path);
    const bytes = Buffer.alloc(Math.min(fstatSync(fd).size, MOST_BYTES));
    let read = 0;
    for (let got = -1; got !== 0 && read < bytes.length; read += got) {
      got = readSync(fd, bytes, read, bytes.length - read, read);
    }
    return bytes
      .toString('utf8', 0, read)
      .split('\n')
      .filter((line) => line !== '');
  } finally {
    closeSync(fd);
  }
}

function parse(text: string): OtlpRequest | undefined {
  try {
    const { v, signal, encoding, body } = JSON.parse(text) as Line;
    if (v !== VERSION || !/^(traces|metrics|logs)$/.test(signal) || typeof body !== 'string')
      return undefined;
    if (!/^(json|protobuf)$/.test(encoding)) return undefined;
    return { signal, encoding, body: Buffer.from(body, 'base64') };
  } catch {
    return undefined;
  }
}
