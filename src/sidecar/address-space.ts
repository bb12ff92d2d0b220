import { readFileSync } from 'node:fs';

/** V8 reserves 0.5 to 1.1 GiB for a worker, and where it cannot, ends the process; the application is to have the rest. */
const ADDRESS_SPACE_MIB = 2_048;

function text(file: string): string {
  return readFileSync(file, 'latin1');
}

/**
 * The MiB of address space that a limit of the process (`ulimit -v`) leaves it; `Infinity` without a limit, and where the
 * system does not tell (elsewhere than on Linux, or without the right to read).
 */
export function addressSpaceLeft(read = text): number {
  try {
    const limit = /^Max address space +(\d+)/m.exec(read('/proc/self/limits'))?.[1];
    if (limit === undefined) return Infinity;
    const used = /^VmSize:\s+(\d+)/m.exec(read('/proc/self/status'))?.[1];
    return Number(limit) / 2 ** 20 - Number(used ?? 0) / 1_024;
  } catch {
    return Infinity;
  }
}

/** Why no worker can be started, where V8 would end the process for it. */
export function lackOfAddressSpace(): string | undefined {
  const leftMib = addressSpaceLeft();
  if (leftMib >= ADDRESS_SPACE_MIB) return undefined;
  const left = `the process's limit (ulimit -v) leaves ${Math.round(leftMib)} MiB`;
  return `a thread takes address space, of which ${left}: it starts from ${ADDRESS_SPACE_MIB} MiB on`;
}
