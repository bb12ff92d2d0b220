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
/** Customers at once, and the pages each of them looks at. */
const CROWD = 10;
const VISITS = 5;

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

/** Opens `examples/shop`, makes each of its visits once, then lets a crowd in, and closes it. */
export function runShop(run: Run): Promise<Recording> {
  return recorded(run, async (telemetry) => {
    const shop = await openShop(built('test/fixtures/backends/shop-tracing.js'), { ...telemetry, PORT: '0' });
    try {
      for (const visit of Object.values(visits)) await read(visit(shop.address));
      await Promise.all(Array.from({ length: CROWD }, () => customer(shop.address)));
    } finally {
      await shop.close();
    }
  });
}

async function customer(address: string): Promise<void> {
  for (let visit = 0; visit < VISITS; visit++) await read(visits.page(address));
  await read(visits.order(address));
}

async function read(response: Promise<Response>): Promise<void> {
  await (await response).text();
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
