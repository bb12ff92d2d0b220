/** What can be seen of one run of a program from outside. Two runs are the same when all of it is. */
export interface Observation {
  /** How it ended: `completed`, or where it failed (`parse`, `link`, `run`) and with what. */
  end: string;
  /** The first lines of the stack of what it threw: functions, files and lines, without columns. */
  stack: string;
  printed: readonly string[];
  /** Turns of the microtask queue until the test said that it was done; 0 for a test that says nothing. */
  ticks: number;
  unhandled: readonly string[];
}

export function differences(bare: Observation, compiled: Observation): string[] {
  return (Object.keys(bare) as (keyof Observation)[])
    .filter((key) => JSON.stringify(bare[key]) !== JSON.stringify(compiled[key]))
    .map((key) => `${key}: ${shown(bare[key])} became ${shown(compiled[key])}`);
}

/** `TypeError: x is not a function`. Looks at nothing twice: a test may throw what throws when it is looked at. */
export function describeThrown(thrown: unknown): string {
  try {
    if (typeof thrown !== 'object' || thrown === null) return `${typeof thrown} ${String(thrown)}`;
    const { constructor: type, message } = thrown as { constructor?: { name?: unknown }; message?: unknown };
    return `${String(type?.name)}: ${String(message)}`;
  } catch {
    return 'something that cannot be described';
  }
}

export function stackLines(thrown: unknown): string {
  try {
    const { stack } = Object(thrown) as { stack?: unknown };
    if (typeof stack !== 'string') return '';
    return stack
      .split('\n')
      .filter((line) => /^\s+at /.test(line) && !line.includes('node:') && !line.includes('/conformance/'))
      .slice(0, 6)
      .map((line) => line.trim().replace(/:(\d+):\d+(\)?)$/, ':$1$2'))
      .join(' < ');
  } catch {
    return '';
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
