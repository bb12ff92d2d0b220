import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Shop {
  address: string;
  /** Ends the shop and its suppliers as `kill` would. */
  close(): Promise<void>;
}

/** Starts the suppliers, then the shop below `tracing`, as `node --import tracing.js server.js` would. */
export async function openShop(tracing: URL, env: Record<string, string>): Promise<Shop> {
  const children: ChildProcess[] = [];
  const start = (file: string, more: Record<string, string>, execArgv: string[]) => {
    const path = fileURLToPath(new URL(file, import.meta.url));
    const child = fork(path, {
      execArgv,
      env: { ...process.env, ...more },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    children.push(child);
    return child;
  };
  const close = async () => {
    for (const child of children) child.kill();
    await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
  };
  try {
    const [suppliers] = await once(start('./suppliers-server.js', {}, []), 'message');
    const shop = start('./server.js', { SUPPLIERS_URL: suppliers, ...env }, ['--import', tracing.href]);
    return { address: await opened(shop), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function opened(shop: ChildProcess): Promise<string> {
  for await (const text of shop.stdout ?? []) {
    const address = /http:\/\/\S+/.exec(String(text))?.[0];
    if (address !== undefined) return address;
  }
  throw new Error('the shop did not open');
}
