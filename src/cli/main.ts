#!/usr/bin/env node
import { process } from '../base/process.js';
import { run } from './run.js';

const LAST_WORDS_MS = 1_000;

// `otel-async view | head` ends the reader first
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  interrupted: () =>
    new Promise<void>((resolve) => {
      process.once('SIGINT', () => resolve());
      process.once('SIGTERM', () => resolve());
    }),
}).then((code) => {
  process.exitCode = code;
  // what was printed last may never be read (`otel-async view | less`)
  setTimeout(() => process.exit(code), LAST_WORDS_MS).unref();
});
