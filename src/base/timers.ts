import {
  clearImmediate,
  clearInterval,
  clearTimeout,
  setImmediate,
  setInterval,
  setTimeout,
} from 'node:timers';

/**
 * Node's own timers, taken before a test of the application's puts a clock of its own in their place: that clock must
 * neither stop us nor count us.
 */
export const timers = {
  clearImmediate,
  clearInterval,
  clearTimeout,
  setImmediate,
  setInterval,
  setTimeout,
} as const;
