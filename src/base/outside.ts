import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Runs `action` in the async context in which this module was loaded. A timer of ours that lives as long as the
 * process must not keep alive what was stored for the request that happened to start it.
 */
export const outside: <R>(action: () => R) => R = AsyncLocalStorage.snapshot();
