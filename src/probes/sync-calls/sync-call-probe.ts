import { syncBuiltinESMExports } from 'node:module';
import { type Clock, monotonic } from '../../base/clock.js';
import { inExpectedWork } from '../../base/expected-work.js';
import { attempt } from '../../base/guard.js';
import { inSelf } from '../../base/self.js';
import { enterSyncCall, leaveSyncCall, syncCallCode } from '../../base/sync-call-mark.js';
import type { Stop } from '../../types.js';
import { hideFrame } from './error-stack.js';
import { Startup } from './startup.js';
import { type SyncFunction, syncFunctions } from './sync-functions.js';

type Callable = (...args: unknown[]) => unknown;

/** Told of a call that took long, while its caller stands on the stack below `above`. */
export type SyncCallListener = (call: SyncCall, above: Callable) => void;

export interface SyncCall {
  /** `fs.readFileSync` */
  name: string;
  startMs: number;
  durationMs: number;
}

interface Patch extends SyncFunction {
  original: Callable;
  replacement: Callable;
}

const { apply } = Reflect;

/** For each original the one proxy that ever stands for it: whoever took it keeps one that works, or does nothing. */
const proxies = new WeakMap<Callable, Callable>();
const originals = new WeakMap<Callable, Callable>();

let listener: SyncCallListener | undefined;
let thresholdMs = Number.POSITIVE_INFINITY;
let startup: Startup | undefined;
/** A call is running: what it calls itself is part of it. */
let inCall = false;
const clock: Clock = monotonic;

/** Whether a call that begins now is to be timed; if not, nothing of ours stands on its stack. */
function isWatched(): boolean {
  return listener !== undefined && !inCall && !inSelf() && !inExpectedWork() && startup?.isOver() === true;
}

/**
 * A proxy keeps name, length, properties and `this`. Its handler gives a trap only for calls that are to be timed; all
 * others V8 passes on to the function itself.
 */
function proxyOf(original: Callable, name: string): Callable {
  const known = proxies.get(original);
  if (known !== undefined) return known;
  const code = syncCallCode(name);
  const otelAsyncSyncCall = (target: Callable, self: unknown, args: unknown[]): unknown => {
    const startMs = clock();
    inCall = true;
    enterSyncCall(code, startMs);
    try {
      // `realpathSync.native` is called on one of our proxies
      return apply(target, originals.get(self as Callable) ?? self, args);
    } catch (error) {
      hideFrame(error, otelAsyncSyncCall as Callable);
      // above an error that nobody catches Node prints the line of the last throw, unless it reads these words there.
      // The first one only `finally` keeps, which does not get to see the error: its stack would show this function
      throw [error, 'node-do-not-add-exception-line'][0];
    } finally {
      inCall = false;
      leaveSyncCall();
      const durationMs = clock() - startMs;
      if (durationMs >= thresholdMs) tell({ name, startMs, durationMs }, otelAsyncSyncCall as Callable);
    }
  };
  const proxy = new Proxy(original, {
    get apply() {
      return isWatched() ? otelAsyncSyncCall : undefined;
    },
  } as ProxyHandler<Callable>);
  proxies.set(original, proxy);
  originals.set(proxy, original);
  return proxy;
}

function tell(call: SyncCall, above: Callable): void {
  attempt('a synchronous call', () => listener?.(call, above));
}

/** Patches the synchronous functions of Node. One at a time in a thread. */
export class SyncCallProbe {
  readonly #patches: Patch[] = [];
  readonly #stopStartup: Stop;

  constructor(watchedMs: number, tellOf: SyncCallListener) {
    thresholdMs = watchedMs;
    listener = tellOf;
    startup = new Startup();
    this.#stopStartup = startup.start();
    for (const one of syncFunctions()) this.#patch(one);
    this.#patchNative();
    syncBuiltinESMExports();
  }

  set thresholdMs(ms: number) {
    thresholdMs = ms;
  }

  /** No call of ours can be running when the loop has its turn: one that was cut off by `vm` has left its mark. */
  check(): void {
    inCall = false;
    leaveSyncCall();
  }

  stop(): void {
    listener = undefined;
    this.check();
    this.#stopStartup();
    for (const { holder, key, original, replacement } of this.#patches) {
      const property = Reflect.getOwnPropertyDescriptor(holder, key);
      // somebody wrapped or replaced it: theirs stays, and ours does nothing any more
      if (property?.value === replacement)
        Reflect.defineProperty(holder, key, { ...property, value: original });
    }
    this.#patches.length = 0;
    syncBuiltinESMExports();
  }

  #patch({ holder, key, name }: SyncFunction): void {
    const property = Reflect.getOwnPropertyDescriptor(holder, key);
    const original: unknown = property?.value;
    if (typeof original !== 'function' || property === undefined) return;
    // still there from an earlier time, put back by a mock
    if (originals.has(original as Callable)) {
      const before = originals.get(original as Callable) as Callable;
      this.#patches.push({ holder, key, name, original: before, replacement: original as Callable });
      return;
    }
    const replacement = proxyOf(original as Callable, name);
    // refused where built-ins are frozen
    if (Reflect.defineProperty(holder, key, { ...property, value: replacement })) {
      this.#patches.push({ holder, key, name, original: original as Callable, replacement });
    }
  }

  #patchNative(): void {
    const holder: unknown = this.#patches.find(({ name }) => name === 'fs.realpathSync')?.original;
    if (typeof holder === 'function') this.#patch({ holder, key: 'native', name: 'fs.realpathSync.native' });
  }
}
