import { process } from '../base/process.js';
import { inSelf } from '../base/self.js';
import type { Stop } from '../types.js';

/**
 * The one seam at `process.emit`. Listening would change what Node does with a rejection; a function around `emit`
 * sees the same and changes nothing but one frame in the stacks of errors born in the application's listeners.
 *
 * Others replace `process.emit` as well (`signal-exit` does in half of all applications): whoever came before us is
 * called through, whoever comes after us and leaves us out is found by `keepOnTop`.
 */
export interface EmitObserver {
  /** Before the listeners run. Must not throw. Where it gives `HELD_BACK` they do not run, and there is no `after`. */
  before?(event: string, args: readonly unknown[]): unknown;
  /** After them; `completed` is false where one threw. Must not throw. */
  after?(event: string, completed: boolean): void;
  /** When all observers have been told of that. Must not throw. */
  afterAll?(event: string, completed: boolean): void;
}

/** Whoever emits the event is told that somebody has heard it. */
export const HELD_BACK = Symbol('held back');

type Emit = (this: unknown, event: unknown, ...args: unknown[]) => boolean;

interface Layer {
  readonly emit: Emit;
  /** What stood there before; `undefined`: nothing of its own, `emit` came from the prototype. */
  readonly replaced: PropertyDescriptor | undefined;
}

/** Each layer that others have built upon stays in their chain for good, so there is an end to it. */
const MAX_LAYERS = 5;

const layers: Layer[] = [];
const observers = new Map<EmitObserver, readonly string[]>();
/** Who wants to see an event. Lists are replaced and not changed: one that is on its way keeps its own. */
let seers: ReadonlyMap<unknown, readonly EmitObserver[]> = new Map();
/** The event on its way through the layers: an inner layer must not report it again. */
let inFlight: { event: unknown; first: unknown } | undefined;

/** Observes `events`, until the result is called. `undefined` where `process.emit` cannot be replaced. */
export function observeEmit(events: readonly string[], by: EmitObserver): Stop | undefined {
  observers.set(by, events);
  alignSeers();
  const stop = () => {
    observers.delete(by);
    alignSeers();
    if (observers.size === 0) unwrap();
  };
  if (keepOnTop()) return stop;
  stop();
  return undefined;
}

function alignSeers(): void {
  const all = new Map<unknown, EmitObserver[]>();
  for (const [by, events] of observers) {
    for (const event of events) all.set(event, [...(all.get(event) ?? []), by]);
  }
  seers = all;
}

/** Puts back what was there, unless somebody has built upon us: then we merely pass through. */
function unwrap(): void {
  while (layers.length > 0) {
    const top = layers[layers.length - 1] as Layer;
    if (currentEmit() !== top.emit) return;
    try {
      if (top.replaced === undefined) delete (process as { emit?: unknown }).emit;
      else Object.defineProperty(process, 'emit', top.replaced);
    } catch {
      return; // frozen since
    }
    layers.pop();
  }
}

/** Wraps `process.emit` where somebody else stands there now. */
export function keepOnTop(): boolean {
  if (observers.size === 0) return false;
  const index = layers.findIndex((layer) => layer.emit === currentEmit());
  if (index >= 0) {
    layers.length = index + 1;
    return true;
  }
  const replaced = Object.getOwnPropertyDescriptor(process, 'emit');
  if (replaced === undefined) layers.length = 0; // somebody has cleared away all of it
  if (layers.length >= MAX_LAYERS) return false;
  const layer = { emit: layerAround(replaced), replaced };
  try {
    Object.defineProperty(process, 'emit', {
      configurable: replaced?.configurable ?? true,
      enumerable: replaced?.enumerable ?? false,
      writable: true,
      value: layer.emit,
    });
  } catch {
    return false;
  }
  layers.push(layer);
  return true;
}

function currentEmit(): unknown {
  return Object.getOwnPropertyDescriptor(process, 'emit')?.value;
}

function layerAround(replaced: PropertyDescriptor | undefined): Emit {
  const next = (): Emit =>
    replaced === undefined
      ? Object.getPrototypeOf(process).emit // looked up each time: `domain` replaces it there
      : (replaced.value ?? replaced.get?.call(process));
  // nothing here asks for an iterator: the application may have put one of its own in the place of Array's
  return function emit(this: unknown, event: unknown, ...args: unknown[]): boolean {
    // biome-ignore lint/complexity/noArguments: the one way to hand on what came without it
    const given = arguments;
    const seen = seers.get(event);
    const outer = inFlight;
    const known = outer !== undefined && outer.event === event && outer.first === args[0];
    if (seen === undefined || known || this !== process || inSelf()) {
      return Reflect.apply(next(), this, given);
    }
    let completed = false;
    let heldBack = false;
    inFlight = { event, first: args[0] };
    for (let i = 0; i < seen.length; i++) {
      heldBack = seen[i]?.before?.(event as string, args) === HELD_BACK || heldBack;
    }
    if (heldBack) {
      inFlight = outer;
      return true;
    }
    // no `catch`: an error caught and thrown again would lose the place that Node prints
    try {
      const handled = Reflect.apply(next(), this, given);
      completed = true;
      return handled;
    } finally {
      inFlight = outer;
      for (let i = 0; i < seen.length; i++) seen[i]?.after?.(event as string, completed);
      for (let i = 0; i < seen.length; i++) seen[i]?.afterAll?.(event as string, completed);
    }
  };
}
