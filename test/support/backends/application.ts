import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Recording } from './facts.js';

export interface Run {
  readonly service: string;
  /** Base address of an OTLP receiver. */
  readonly otlpUrl: string;
  readonly protocol: 'http/protobuf' | 'http/json';
  readonly environment?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 60_000;

/**
 * Runs `build/test/fixtures/backends/<program>.js` to its end and gives back what it recorded of itself.
 *
 * @throws Error with what it printed, when it fails.
 */
export async function runApplication(program: string, run: Run): Promise<Recording> {
  const folder = mkdtempSync(join(tmpdir(), 'application-'));
  const file = join(folder, 'recording.json');
  const path = fileURLToPath(new URL(`../../fixtures/backends/${program}.js`, import.meta.url));
  const env = {
    ...process.env,
    OTLP_URL: run.otlpUrl,
    OTLP_PROTOCOL: run.protocol,
    SERVICE: run.service,
    RECORDING: file,
    ...run.environment,
  };
  // The rejection nobody handles must not end it.
  const args = ['--enable-source-maps', '--unhandled-rejections=warn', path];
  try {
    await new Promise<void>((resolve, reject) => {
      execFile(process.execPath, args, { env, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
        if (error) reject(new Error(`${program} failed: ${error.message}\n${stdout}\n${stderr}`));
        else resolve();
      });
    });
    return JSON.parse(readFileSync(file, 'utf8')) as Recording;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
