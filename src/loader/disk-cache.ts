import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { process } from '../base/process.js';
import { isOwn, privateFolder } from './cache-folder.js';
import { sweep } from './cache-sweep.js';

const FORMAT = 'otel-async-cache 1';
const MAX_ENTRY_BYTES = 32 * 1024 * 1024;
/** As much may be written between two looks at the whole. */
const SWEEP_AFTER_BYTES = 16 * 1024 * 1024;
const REFRESH_MS = 24 * 60 * 60 * 1000;
// absent on Windows, where links need rights that other users do not have
const { O_NOFOLLOW = 0 } = constants;

/**
 * Texts by key, in files of this user's alone. Never throws: whatever is wrong with the disk, the folder or a file, a
 * text is then not there. Processes that write the same entry at once each put a whole file in its place.
 */
export class DiskCache {
  readonly #folder: string | undefined;
  #mayWrite = true;
  #writtenBytes = SWEEP_AFTER_BYTES;

  /** `identity` names everything but the key that decides what an entry holds: versions above all. */
  constructor(
    folder: string,
    private readonly identity: string,
  ) {
    try {
      this.#folder = privateFolder(folder, 'compiled');
    } catch {
      this.#folder = undefined; // read-only, full, or no home at all
    }
  }

  get usable(): boolean {
    return this.#folder !== undefined;
  }

  /** A name for what `parts` decide. */
  keyOf(parts: readonly string[]): string {
    const hash = createHash('sha256').update(this.identity);
    for (const part of parts) hash.update(`\0${part.length}\0`).update(part);
    return hash.digest('hex');
  }

  read(key: string): string | undefined {
    if (this.#folder === undefined) return undefined;
    try {
      const descriptor = openSync(join(this.#folder, key), constants.O_RDONLY | O_NOFOLLOW);
      try {
        return readEntry(descriptor, key);
      } finally {
        closeSync(descriptor);
      }
    } catch {
      return undefined;
    }
  }

  /** Whether it is there now. */
  write(key: string, text: string): boolean {
    if (this.#folder === undefined || !this.#mayWrite) return false;
    const body = Buffer.from(text);
    if (body.length > MAX_ENTRY_BYTES) return false;
    const path = join(this.#folder, key);
    const fresh = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
    try {
      const descriptor = openSync(fresh, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
      try {
        writeWhole(descriptor, Buffer.concat([Buffer.from(`${headOf(key, body)}\n`), body]));
      } finally {
        closeSync(descriptor);
      }
      renameSync(fresh, path);
      this.#account(body.length);
      return true;
    } catch {
      // a disk that is full stays so: not asked again by this process
      this.#mayWrite = false;
      try {
        unlinkSync(fresh);
      } catch {
        // it never was
      }
      return false;
    }
  }

  #account(bytes: number): void {
    this.#writtenBytes += bytes;
    if (this.#writtenBytes < SWEEP_AFTER_BYTES) return;
    this.#writtenBytes = 0;
    sweep(this.#folder as string);
  }
}

function headOf(key: string, body: Buffer): string {
  return `${FORMAT} ${key} ${createHash('sha256').update(body).digest('hex')}`;
}

/** Undefined for a file that is not ours alone, that was cut off, or that holds something else. */
function readEntry(descriptor: number, key: string): string | undefined {
  const stat = fstatSync(descriptor);
  const shared = process.getuid !== undefined && (stat.mode & 0o022) !== 0;
  if (!stat.isFile() || !isOwn(stat) || shared || stat.size > MAX_ENTRY_BYTES + 1024) return undefined;
  const content = Buffer.alloc(stat.size);
  for (let at = 0; at < content.length; ) {
    const read = readSync(descriptor, content, at, content.length - at, at);
    if (read === 0) return undefined;
    at += read;
  }
  const end = content.indexOf(10);
  const body = content.subarray(end + 1);
  if (end < 0 || content.toString('latin1', 0, end) !== headOf(key, body)) return undefined;
  if (Date.now() - stat.mtimeMs > REFRESH_MS) touch(descriptor);
  return body.toString();
}

/** What is used stays: the oldest go first. */
function touch(descriptor: number): void {
  try {
    const now = new Date();
    futimesSync(descriptor, now, now);
  } catch {
    // read-only: then nothing is swept either
  }
}

function writeWhole(descriptor: number, content: Buffer): void {
  for (let at = 0; at < content.length; ) at += writeSync(descriptor, content, at);
}
