import { createRequire } from 'node:module';
import { process } from '../base/process.js';

/** Option of Node's that the sidecar's worker is started with: no other thread has what it gives. */
export const INTERNALS = '--expose-internals';

type Binding = (name: string) => unknown;

let binding: Binding | undefined;

/**
 * What stands behind a part of Node's, where its public face is closed to worker threads. For the sidecar alone.
 *
 * @throws where this Node does not give it away.
 */
export function internalBinding(name: string): unknown {
  binding ??= load();
  return binding(name);
}

function load(): Binding {
  const warn = process.emitWarning;
  // it warns that it is for tests
  process.emitWarning = () => {};
  try {
    return (createRequire(import.meta.url)('internal/test/binding') as { internalBinding: Binding })
      .internalBinding;
  } finally {
    process.emitWarning = warn;
  }
}
