import process from 'node:process';
import { attempt } from '../../base/guard.js';
import type { Stop } from '../../types.js';

/**
 * Calls `last` once, when the process ends by itself, by `process.exit()` or by an error: after the application's
 * own `exit` listeners, which may still end spans. Our listener goes back to the end of the line whenever another
 * comes; `process.reallyExit` is what is left when one of them calls `process.exit()` and the line stops there.
 */
export function onLastExit(last: () => void): Stop {
  let called = false;
  const once = () => {
    if (called) return;
    called = true;
    attempt('the last delivery', last);
  };
  let moving = false;
  const added = (event: string | symbol) => {
    if (event !== 'exit' || moving) return;
    moving = true;
    process.nextTick(() => {
      process.off('exit', once);
      process.on('exit', once);
      moving = false;
    });
  };
  process.on('exit', once);
  process.on('newListener', added);
  const holder = process as unknown as { reallyExit?: (code?: number) => never };
  const original = holder.reallyExit;
  const reallyExit = function (this: unknown, code?: number): never {
    once();
    return original!.call(this, code) as never;
  };
  if (typeof original === 'function') holder.reallyExit = reallyExit;
  return () => {
    process.off('newListener', added);
    process.off('exit', once);
    if (holder.reallyExit === reallyExit) holder.reallyExit = original;
    called = true;
  };
}
