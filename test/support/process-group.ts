import type { ChildProcess } from 'node:child_process';

/** Ends a child that was started as `detached`, and all that it has started: what is left behind would hold up the tests. */
export function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // nobody is left
  }
}
