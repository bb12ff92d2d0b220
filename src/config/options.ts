/** The one table of options. README, `--help`, parsing and validation come from it. */

import type { EventRecord } from '../types.js';

/** What the table says of one option. */
export interface OptionRow<T> {
  type: 'boolean' | 'number' | 'string' | 'strings' | 'function' | 'object' | 'ignore';
  default: T;
  /** Allowed range of a number, inclusive. */
  min?: number;
  max?: number;
  integer?: boolean;
  /** Allowed values of a string. */
  values?: readonly string[];
  /** Functions and objects have no environment name. */
  env?: false;
  doc: string;
}

const row = <T>(r: OptionRow<T>): OptionRow<T> => r;

export type ErrorsIgnore = string | ((error: unknown) => boolean);
export type Redact = (record: EventRecord) => EventRecord | null;

export const OPTIONS = {
  enabled: row<boolean>({
    type: 'boolean',
    default: true,
    doc: 'Whether the instrumentation does anything at all.',
  }),
  debug: row<boolean>({
    type: 'boolean',
    default: false,
    doc: 'Debug mode: every task is tracked, also outside traces. Can be switched while running with `setDebug`.',
  }),
  sites: row<'hooks' | 'compiled'>({
    type: 'string',
    values: ['hooks', 'compiled'],
    default: 'hooks',
    doc: 'Where creation sites come from: looked for at run time, or put into the code while it loads.',
  }),
  'sitesCache.enabled': row<boolean>({
    type: 'boolean',
    default: true,
    doc: 'Keep compiled modules on disk, so that the next start need not compile them again.',
  }),
  'sitesCache.folder': row<string | undefined>({
    type: 'string',
    default: undefined,
    doc: "Where compiled modules are kept, in a folder that is this user's alone; else the user's cache folder.",
  }),
  'spans.enabled': row<boolean>({
    type: 'boolean',
    default: true,
    doc: 'Task spans. `false` leaves lag, errors and the watchdog on and installs no promise hook.',
  }),
  'spans.minDurationMs': row<number>({
    type: 'number',
    default: 1,
    min: 0,
    max: 60_000,
    doc: 'Shorter tasks become no span, unless nobody handled their error (standard mode).',
  }),
  'spans.maxPerTrace': row<number>({
    type: 'number',
    default: 100,
    min: 0,
    max: 10_000,
    integer: true,
    doc: 'Task spans a trace may have; the rest is counted in an event of the trace.',
  }),
  'spans.maxPerSecond': row<number>({
    type: 'number',
    default: 300,
    min: 0,
    max: 100_000,
    doc: 'Task spans a second over all traces, in debug mode too. A trace is granted detail at its root or not at all.',
  }),
  'spans.libraries': row<readonly string[]>({
    type: 'strings',
    default: [],
    doc: 'Packages in `node_modules` treated as user code, by name.',
  }),
  sitesPerSecond: row<number>({
    type: 'number',
    default: 5_000,
    min: 0,
    max: 10_000_000,
    doc: 'Looks at the stack for creation sites, per second; about 4 µs each, a deep one counts as several. Tasks beyond have no site and no span.',
  }),
  'errors.enabled': row<boolean>({
    type: 'boolean',
    default: true,
    doc: 'Unhandled rejections and uncaught exceptions as `exception` events.',
  }),
  'errors.ignore': row<readonly ErrorsIgnore[] | ErrorsIgnore>({
    type: 'ignore',
    default: ['AbortError'],
    doc: 'Types, codes and predicates of errors that are expected: reported nowhere, unless the process ends by one.',
  }),
  'errors.message': row<'full' | 'type'>({
    type: 'string',
    values: ['full', 'type'],
    default: 'full',
    doc: '`type` sends the type of an error and its frames, never its message.',
  }),
  'errors.as': row<'log' | 'span' | 'both'>({
    type: 'string',
    values: ['log', 'span', 'both'],
    default: 'both',
    doc: 'Send errors as log records, as span events, or as both.',
  }),
  redact: row<Redact | undefined>({
    type: 'function',
    default: undefined,
    env: false,
    doc: 'Sees every record before it leaves the thread and returns what may leave; `null` drops it.',
  }),
  'eventLoop.enabled': row<boolean>({ type: 'boolean', default: true, doc: 'Event loop lag metrics.' }),
  'eventLoop.probeIntervalMs': row<number>({
    type: 'number',
    default: 10,
    min: 1,
    max: 1_000,
    doc: 'Distance of the virtual probes that measure lag.',
  }),
  'eventLoop.windowMs': row<number>({
    type: 'number',
    default: 60_000,
    min: 1_000,
    max: 3_600_000,
    doc: 'The window that the lag gauges cover.',
  }),
  'watchdog.enabled': row<boolean>({
    type: 'boolean',
    default: true,
    doc: 'The sidecar thread that names what blocks the loop and delivers crash reports.',
  }),
  blockedLoopMs: row<number>({
    type: 'number',
    default: 200,
    min: 20,
    max: 600_000,
    doc: 'A loop blocked for longer is reported with the stack of the blocking function.',
  }),
  slowCallbackMs: row<number>({
    type: 'number',
    default: 100,
    min: 1,
    max: 600_000,
    doc: 'An uninterrupted run of a task that is longer is reported.',
  }),
  stuckTaskMs: row<number>({
    type: 'number',
    default: 30_000,
    min: 0,
    max: 86_400_000,
    doc: 'A task whose trace has made no progress for longer is reported; `0` for none. At least about a second.',
  }),
  'syncIo.enabled': row<boolean>({
    type: 'boolean',
    default: true,
    doc: 'Report synchronous I/O and other synchronous heavy calls on the loop after start-up.',
  }),
  syncIoMs: row<number>({
    type: 'number',
    default: 20,
    min: 0,
    max: 600_000,
    doc: 'Synchronous calls that took longer are reported.',
  }),
  'recorder.enabled': row<boolean>({
    type: 'boolean',
    default: true,
    doc: 'Flight recorder: keep the last task events while debug mode is on, for crashes, blocked loops and on request.',
  }),
  'recorder.seconds': row<number>({
    type: 'number',
    default: 10,
    min: 1,
    max: 600,
    doc: 'How much of what happened before is exported, as far as the last 16,384 events reach back.',
  }),
  crashFlushTimeoutMs: row<number>({
    type: 'number',
    default: 2_000,
    min: 0,
    max: 60_000,
    doc: 'How long a dying process may wait for its last telemetry to be delivered.',
  }),
  crashExporter: row<object | undefined>({
    type: 'object',
    default: undefined,
    env: false,
    doc: 'Where crash telemetry goes: `{ url, headers?, protocol? }`; else the `OTEL_*` variables.',
  }),
  crashFile: row<string | undefined>({
    type: 'string',
    default: undefined,
    doc: 'File that keeps undelivered crash telemetry (mode 0600, at most 8 MiB) until the next start sends it.',
  }),
  crashSignals: row<readonly string[]>({
    type: 'strings',
    values: ['SIGTERM', 'SIGINT', 'SIGHUP'],
    default: ['SIGTERM', 'SIGINT', 'SIGHUP'],
    doc: 'Signals before whose default, the end of the process, is delivered as well; `[]` (in the environment `none`) for none.',
  }),
  overheadBudget: row<number>({
    type: 'number',
    default: 0.02,
    min: 0,
    max: 1,
    doc: 'Share of loop time the instrumentation may use; it sheds detail to stay inside.',
  }),
} as const;

export type OptionPath = keyof typeof OPTIONS;
type ValueOf<R> = R extends OptionRow<infer T> ? T : never;

/** Every option by its path, validated, defaults filled in. */
export type ResolvedOptions = { readonly [P in OptionPath]: ValueOf<(typeof OPTIONS)[P]> };

type Nested<P extends string, V> = P extends `${infer Head}.${infer Rest}`
  ? { [K in Head]?: Nested<Rest, V> }
  : { [K in P]?: V };
type Merge<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void ? I : never;

/** What a user writes: nested, everything optional. */
export type AsyncInstrumentationConfig = Merge<
  { [P in OptionPath]: Nested<P, ValueOf<(typeof OPTIONS)[P]>> }[OptionPath]
>;

/** `spans.minDurationMs` becomes `OTEL_NODE_ASYNC_SPANS_MIN_DURATION_MS`. */
export function environmentName(path: string): string {
  const snake = path.replace(/\./g, '_').replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  return `OTEL_NODE_ASYNC_${snake.toUpperCase()}`;
}
