import { readFileSync, statSync } from 'node:fs';
import { process } from '../base/process.js';
import { notice } from './notice.js';

/** Applications of which it can be told beforehand that they will start an SDK, and that ours would be in the way. */
export function bringsItsOwn(): boolean {
  if (isPreloadedLater()) return true;
  if (!isBundled(process.argv[1])) return false;
  notice(
    'bundled',
    'the application has an OpenTelemetry SDK bundled into it, so none is started (OTEL_NODE_ASYNC_START_SDK=true starts one).',
  );
  return true;
}

/** This preload starts an SDK whatever happens: starting ours before it would double the start-up time. */
function isPreloadedLater(): boolean {
  const preloads = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  return /@opentelemetry[\\/]auto-instrumentations-node[\\/](build[\\/]src[\\/])?register/.test(preloads);
}

const MAX_ENTRY_BYTES = 32 * 1024 * 1024;
/** Stands in the span of every SDK, and no minifier changes it. */
const IN_EVERY_SDK = 'Cannot execute the operation on ended Span';

/** A bundle holds a copy of the API that cannot be reached, so ours could not step aside for it. */
function isBundled(entry: string | undefined): boolean {
  try {
    if (entry === undefined || statSync(entry).size > MAX_ENTRY_BYTES) return false;
    return readFileSync(entry).includes(IN_EVERY_SDK);
  } catch {
    return false;
  }
}
