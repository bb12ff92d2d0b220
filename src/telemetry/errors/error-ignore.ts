import { warnOnce } from '../../base/guard.js';
import { asSelf } from '../../base/self.js';
import type { ThrownDescription } from '../../base/thrown.js';
import type { ErrorsIgnore } from '../../config/options.js';

/** Whether `errors.ignore` names the error: by type, constructor or code, or by a predicate. Never throws. */
export function isIgnored(
  ignore: readonly ErrorsIgnore[] | ErrorsIgnore,
  error: unknown,
  { type, constructorName, code }: ThrownDescription,
): boolean {
  return [ignore].flat().some((item) => {
    if (typeof item === 'string') return item === type || item === constructorName || item === code;
    try {
      return asSelf(() => item(error)) === true;
    } catch {
      warnOnce('errors.ignore', 'a predicate of `errors.ignore` threw; the error was not ignored.');
      return false;
    }
  });
}
