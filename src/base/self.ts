/**
 * Marks code of ours and calls into OpenTelemetry, so that probes can tell our own work from the application's.
 * One of the three exclusions; the others are `isTracingSuppressed` and "ignored" inherited from an ignored task.
 */
let depth = 0;

export function inSelf(): boolean {
  return depth !== 0;
}

export function asSelf<R>(action: () => R): R {
  depth++;
  try {
    return action();
  } finally {
    depth--;
  }
}
