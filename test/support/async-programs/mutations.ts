/** Faults that a compiler could make. The comparison must find every one of them, or it proves nothing. */
const AWAIT = /(?<!for\s|for)\bawait (?=later|fail|thenable|f\d)/g;

export const MUTATIONS = {
  /** One turn of the microtask queue more. */
  extraTick: (code: string) => code.replace(AWAIT, 'await await '),
  /** A value that is lost on the way. */
  lostValue: (code: string) => code.replace(AWAIT, 'void await '),
  /** Another `this` than the caller gave. */
  lostThis: (code: string) => code.replace(/typeof this\b/g, 'typeof undefined'),
  /** Each function is a line further down than it was. */
  movedLines: (code: string) => code.replace(/\benter\(/g, '\nenter('),
  /** An error that is not let through. */
  swallowedError: (code: string) => code.replace(/\bfail\(([^()]*)\)/g, 'fail($1).catch(() => 0)'),
  /** Something that runs and that nobody wrote. */
  extraCall: (code: string) => code.replace(/\bpass\(/g, 'pass(log(0), '),
} as const;

export type MutationName = keyof typeof MUTATIONS;
