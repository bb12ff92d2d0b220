import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from './free-ports.js';
import { getText } from './http.js';
import { waitFor } from './wait.js';

export interface BackendSpec {
  readonly name: string;
  readonly binary: string;
  readonly ports: number;
  /** Files to write into the process's own folder, by name; values that are no string become JSON, which is YAML. */
  files(ports: readonly number[], folder: string): Readonly<Record<string, unknown>>;
  arguments(ports: readonly number[], folder: string): string[];
  /** Answers with a success once the process is ready. */
  readyUrl(ports: readonly number[]): string;
}

const READY_TIMEOUT_MS = 60_000;
/** Another process may take a port between our asking and the backend's listening. */
const ATTEMPTS = 3;
const LOG_TAIL = 3_000;

const logFolder = fileURLToPath(new URL('../../../backend-logs/', import.meta.url));

/** One backend as a process of ours: a folder for its files, free ports, a log that stays after it for a failed test. */
export class BackendProcess {
  private constructor(
    readonly name: string,
    readonly ports: readonly number[],
    readonly folder: string,
    readonly logFile: string,
    readonly child: ChildProcess,
  ) {}

  static async start(spec: BackendSpec): Promise<BackendProcess> {
    for (let attempt = 1; ; attempt += 1) {
      const started = await BackendProcess.#launch(spec);
      try {
        await started.#ready(spec.readyUrl(started.ports));
        return started;
      } catch (error) {
        await started.stop();
        if (attempt < ATTEMPTS && /address already in use/.test(started.log())) continue;
        throw new Error(
          `${spec.name} did not start; the end of its log (${started.logFile}):\n${started.log()}`,
          {
            cause: error,
          },
        );
      }
    }
  }

  /** The end of what it printed. */
  log(): string {
    return readFileSync(this.logFile, 'utf8').slice(-LOG_TAIL);
  }

  /** Ends the process and removes its folder. */
  async stop(): Promise<void> {
    const { child } = this;
    process.off('exit', this.#kill);
    if (child.exitCode === null && child.signalCode === null) {
      child.ref();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      // Not SIGTERM: they would wait for the connections that our `fetch` keeps alive.
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  static async #launch(spec: BackendSpec): Promise<BackendProcess> {
    const ports = await freePorts(spec.ports);
    const folder = mkdtempSync(join(tmpdir(), `${spec.name}-`));
    for (const [name, content] of Object.entries(spec.files(ports, folder))) {
      writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    mkdirSync(logFolder, { recursive: true });
    const logFile = join(logFolder, `${spec.name}-${process.pid}-${ports[0]}.log`);
    const log = openSync(logFile, 'w');
    const child = spawn(spec.binary, spec.arguments(ports, folder), {
      cwd: folder,
      stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH, HOME: folder },
    });
    closeSync(log);
    // A test file that failed before it could stop us must end all the same.
    child.unref();
    const started = new BackendProcess(spec.name, ports, folder, logFile, child);
    process.once('exit', started.#kill);
    child.once('error', (error) => writeFileSync(logFile, String(error)));
    return started;
  }

  async #ready(url: string): Promise<void> {
    const ended = new Promise<never>((_, reject) => {
      this.child.once('exit', (code, signal) =>
        reject(new Error(`${this.name} ended with ${signal ?? code}`)),
      );
      this.child.once('error', reject);
    });
    await Promise.race([ended, waitFor(`${this.name} at ${url}`, () => getText(url), READY_TIMEOUT_MS)]);
  }

  readonly #kill = (): void => {
    this.child.kill('SIGKILL');
  };
}
