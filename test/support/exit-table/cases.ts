/** One program: a mode, the application's listeners, a kind of failure. */
export interface ExitCase {
  mode: string;
  listeners: string;
  failure: string;
}

const MODES = ['default', 'throw', 'strict', 'warn', 'warn-with-error-code', 'none'];
const LISTENERS = [
  'none',
  ...['before', 'early', 'late', 'removed', 'once', 'throws', 'exits'].flatMap((when) => [
    `rejection-${when}`,
    `exception-${when}`,
    `monitor-${when}`,
  ]),
  'both-early',
  'both-late',
  'capture-early',
  'capture-late',
  'capture-removed',
  'capture-throws',
  'emit-early',
  'emit-late',
  'emit-replaced',
  'emit-frozen',
];
const FAILURES = ['error', 'undefined', 'string', 'object', 'handled-late', 'throw', 'throw-undefined'];

export const ALL_CASES: readonly ExitCase[] = MODES.flatMap((mode) =>
  LISTENERS.flatMap((listeners) => FAILURES.map((failure) => ({ mode, listeners, failure }))),
);

/** Some of them, spread so that each mode, each listener and each failure is among them. */
export const SOME_CASES = ALL_CASES.filter((_, index) => index % 17 === 0);

export function nameOf({ mode, listeners, failure }: ExitCase): string {
  return `${mode} / ${listeners} / ${failure}`;
}
