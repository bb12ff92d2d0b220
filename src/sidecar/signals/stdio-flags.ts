import { readFileSync } from 'node:fs';
import { internalBinding } from '../internals.js';

const NON_BLOCKING = 0o4000;

interface Pipe {
  open(fd: number): number;
  setBlocking(blocking: boolean): number;
}
type PipeBinding = { Pipe: new (type: number) => Pipe; constants: { SOCKET: number } };

function isBlocking(fd: number): boolean {
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & NON_BLOCKING) === 0;
  } catch {
    return false; // closed, or no Linux
  }
}

/** Those of standard input, output and error that were given to us blocking, and that nobody has touched yet. */
export function blockingStdio(): number[] {
  return [0, 1, 2].filter(isBlocking);
}

/**
 * Node makes pipes non-blocking, for whoever shares them, and makes up for it in its own handlers of SIGTERM and
 * SIGINT. A handle for such a signal takes that handler's place for good, so the sidecar does it.
 */
export function makeBlocking(fds: readonly number[]): void {
  for (const fd of fds.filter((one) => !isBlocking(one))) {
    try {
      const { Pipe, constants } = internalBinding('pipe_wrap') as PipeBinding;
      const pipe = new Pipe(constants.SOCKET);
      if (pipe.open(fd) === 0) pipe.setBlocking(true);
    } catch {
      // it stays as it is
    }
  }
}
