import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openShop } from '../../../examples/shop/processes.js';
import { visits } from '../../../examples/shop/visits.js';
import type { Recording } from './facts.js';

export interface Run {
  readonly service: string;
  /** Base address of an OTLP receiver. */
  readonly otlpUrl: string;
  readonly protocol: 'http/protobuf' | 'http/json';
  readonly environment?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 60_000;

const built = (path: string) => new URL(`../../../${path}`, import.meta.url);

/**
 * Runs `build/test/fixtures/backends/<program>.js` to its end and gives back what it recorded of itself.
 *
 * @throws Error with what it printed, when it fails.
 */
export function runApplication(program: string, run: Run): Promise<Recording> {
  const path = fileURLToPath(built(`test/fixtures/backends/${program}.js`));
  // The rejection nobody handles must not end it.
  const args = ['--enable-source-maps', '--unhandled-rejections=warn', path];
  return recorded(run, (telemetry) => {
    const env = { ...process.env, ...telemetry };
    return new Promise<void>((resolve, reject) => {
      execFile(process.execPath, args, { env, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
        if (error) reject(new Error(`${program} failed: ${error.message}\n${stdout}\n${stderr}`));
        else resolve();
      });
    });
  });
}

/** Opens `examples/shop`, lets customers in, closes it, and gives back what it recorded of itself. */
export function runShop(
  run: Run,
  customers: (address: string) => Promise<void> = eachVisitOnce,
): Promise<Recording> {
  return recorded(run, async (telemetry) => {
    const shop = await openShop(built('test/fixtures/backends/shop-tracing.js'), { ...telemetry, PORT: '0' });
    try {
      await customers(shop.address);
      // The mail that fails is sent later than the answer.
      await new Promise((resolve) => setTimeout(resolve, 500));
    } finally {
      await shop.close();
    }
  });
}

async function eachVisitOnce(address: string): Promise<void> {
  for (const visit of Object.values(visits)) await (await visit(address)).text();
}

/** Makes `count` visits, `atOnce` of them at a time: pages, and an order now and then. */
export function crowd(count: number, atOnce: number): (address: string) => Promise<void> {
  let left = count;
  const customer = async (address: string) => {
    while (left > 0) {
      left -= 1;
      await (await (left % 5 === 0 ? visits.order : visits.page)(address)).text();
    }
  };
  return async (address) => {
    await Promise.all(Array.from({ length: atOnce }, () => customer(address)));
  };
}

async function recorded(run: Run, start: (environment: Record<string, string>) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), 'application-'));
  const file = join(folder, 'recording.json');
  try {
    await start({
      OTLP_URL: run.otlpUrl,
      OTLP_PROTOCOL: run.protocol,
      SERVICE: run.service,
      RECORDING: file,
      // On a machine that is busy with other things, detail would rightly be shed.
      OTEL_NODE_ASYNC_OVERHEAD_BUDGET: '1',
      ...run.environment,
    });
    return JSON.parse(readFileSync(file, 'utf8')) as Recording;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
