import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Fills `folder` once: `fill` writes into a temporary folder beside it, which becomes `folder` in one step. So a
 * `folder` that is there is complete, whatever was interrupted, and two installers at once do no harm.
 *
 * @returns whether it had to be filled.
 */
export async function fillOnce(folder: string, fill: (temporary: string) => Promise<void>): Promise<boolean> {
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  await removeLeftOvers(parent);
  if (existsSync(folder)) return false;
  const temporary = join(parent, `.${basename(folder)}.${process.pid}.tmp`);
  try {
    await mkdir(temporary);
    await fill(temporary);
    await rename(temporary, folder);
    return true;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (existsSync(folder)) return false;
    throw error;
  }
}

async function removeLeftOvers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = /^\..*\.(\d+)\.tmp$/.exec(name)?.[1];
    if (pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid)))) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
