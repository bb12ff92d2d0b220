import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServedTime } from './served-time.js';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** The compiled `register`, as a user's `--import` would name it. */
export const REGISTER = join(repository, 'dist', 'register.js');

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** Milliseconds from the last line the application wrote to its end, without those for which there was no processor. */
  afterLastLineMs: number;
}

export interface RunOptions {
  /** Arguments for Node, before the file. */
  flags?: readonly string[];
  env?: Record<string, string>;
  cwd?: string;
  /** Called with each chunk of standard output. */
  onOutput?: (output: string, child: ChildProcess) => void;
}

const TIMEOUT_MS = 40_000;

/** A throw-away application: its files, and the packages of `modules`. */
export class Application {
  readonly folder = mkdtempSync(join(tmpdir(), 'otel-async-app-'));

  /** `modules` is the `node_modules` folder it uses; this repository's (SDK 2) where not given. */
  constructor(files: Readonly<Record<string, string>>, modules = join(repository, 'node_modules')) {
    symlinkSync(modules, join(this.folder, 'node_modules'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(this.folder, name), content);
  }

  /** On the Node that runs the tests. */
  run(file: string, { flags = [], env = {}, cwd, onOutput }: RunOptions = {}): Promise<Ended> {
    const child = spawn(process.execPath, [...flags, join(this.folder, file)], {
      cwd: cwd ?? this.folder,
      env: { ...bareEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    const sinceLastLine = new ServedTime(child.pid as number);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output.stdout += chunk;
      sinceLastLine.restart();
      onOutput?.(output.stdout, child);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      output.stderr += chunk;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
    return new Promise((resolve, reject) => {
      let afterLastLineMs = 0;
      child.on('error', (error) => {
        sinceLastLine.stop();
        reject(error);
      });
      child.on('exit', () => {
        afterLastLineMs = sinceLastLine.stop();
      });
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        resolve({ code, signal, ...output, afterLastLineMs });
      });
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What steers Node or OpenTelemetry in the shell that runs the tests is not the test's. */
function bareEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OTEL_|NODE_|npm_)/.test(name)),
  );
}

/** The line that says so; on a slow machine the exporter is named as well, which is looked for once a second. */
export const STEPS_ASIDE =
  /^opentelemetry-instrumentation-async: the application registers its own OpenTelemetry \(.*traces.*\).*\n(opentelemetry-instrumentation-async: spans leave through an exporter, configured in code.*\n)?$/;
