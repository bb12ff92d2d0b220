import { isEntry, PROMISIFY_FILE, type Site } from './sites/site-table.js';
import type { Task, TaskOwnership } from './task.js';

/** What a creation stack says about a new task. */
export interface Origin {
  ownership: TaskOwnership;
  name: string;
  site?: Site;
  /** The async function that was entered. Absent for every other promise. */
  definition?: Site;
  /** Made by `new Promise`: its executor runs next. */
  executor: boolean;
  /** Made by a library that user code called: the name is the library's word. */
  foreign?: boolean;
}

const INTERNAL: Origin = { ownership: 'internal', name: '', executor: false };
const IGNORED: Origin = { ownership: 'ignored', name: '', executor: false };
const NEW_PROMISE = 'new Promise';
const COMBINATOR = /^(?:Promise|Function)\.(all|allSettled|any|race|withResolvers|try)$/;
/** Promises that settle at once, and steps of an iterator: no operation that somebody waits for by name. */
const NO_OPERATION = /\.(resolve|reject|then|next|return|throw)$/;
const REJECTED = 'Promise.reject';
const DYNAMIC_IMPORT = 'importModuleDynamicallyCallback';
/** Where several hooks are installed Node calls them from a function of its own. */
const HOOKS_FILE = 'node:internal/promise_hooks';
const RESOURCE_HOOKS_FILE = 'node:internal/async_hooks';

/** The stack below our hook, without Node's own machinery of hooks and without patches around user code. */
export function belowHooks(frames: readonly Site[]): readonly Site[] {
  let from = 0;
  while (frames[from]?.file === HOOKS_FILE) from++;
  const below = from === 0 ? frames : frames.slice(from);
  // on top stands whoever makes the promise, a patch too
  const isPatch = (frame: Site, index: number) => frame.origin === 'wrapper' && index > 0;
  return below.some(isPatch) ? below.filter((frame, index) => !isPatch(frame, index)) : below;
}

/**
 * A promise made without a parent: an async function that is being entered, `new Promise`, a combinator, or one made
 * natively. The top frame tells: built-ins have no file, an async function stands there itself.
 */
export function originOfPromise(frames: readonly Site[], current: Task | undefined): Origin {
  const index = frames.findIndex((frame) => frame.origin !== 'builtin');
  const maker = frames[index];
  if (maker === undefined) return INTERNAL;
  const entered = index === 0 && isEntry(maker);
  if (isOurs(maker)) return { ...IGNORED, definition: entered ? maker : undefined };
  if (entered) return originOfAsyncFunction(frames, maker, current);
  // made natively, as by `import()`, in a function whose own promise tells more
  if (index === 0 && (maker.origin === 'user' || (current !== undefined && isFrameOf(maker, current))))
    return INTERNAL;
  const outermost = index === 0 ? '' : (frames[0]?.functionName ?? '');
  // told of only where nobody handles it
  if (outermost === REJECTED && maker.origin === 'user') return { ...INTERNAL, name: REJECTED, site: maker };
  if (NO_OPERATION.test(outermost)) return INTERNAL;
  const executor = outermost === NEW_PROMISE;
  if (maker.origin !== 'user') return { ...originInLibrary(frames, index, current), executor };
  const combinator = COMBINATOR.exec(frames[index - 1]?.functionName ?? '')?.[1];
  const name = combinator === undefined ? nameOfNewPromise(maker, current) : `Promise.${combinator}`;
  return { ownership: 'user', name, site: maker, executor };
}

function originOfAsyncFunction(frames: readonly Site[], entered: Site, current: Task | undefined): Origin {
  const caller = frames.find((frame, index) => index > 0 && frame.origin !== 'builtin');
  if (isModuleBody(entered, caller)) return INTERNAL;
  if (entered.origin !== 'user' && caller?.origin !== 'user') {
    return { ...originInLibrary(frames, 0, current), definition: entered };
  }
  const site = caller?.origin === 'user' ? caller : entered;
  const foreign = entered.origin === 'library';
  return { ownership: 'user', name: nameOf(entered), site, definition: entered, executor: false, foreign };
}

/** A module with a top-level `await`: what V8 shows for it settles never, and the `import` says how long it took. */
function isModuleBody(entered: Site, caller: Site | undefined): boolean {
  const { functionName, definitionLine, definitionColumn } = entered;
  const isFromStart = functionName === null && definitionLine === 1 && definitionColumn === 1;
  return isFromStart && caller?.origin !== 'user' && caller?.origin !== 'library';
}

/** Made inside a library: belongs to the call that user code made into it, if there is one below. */
function originInLibrary(frames: readonly Site[], from: number, current: Task | undefined): Origin {
  const index = frames.findIndex((frame, at) => at > from && frame.origin === 'user');
  const site = frames[index];
  const above = index < 0 ? frames : frames.slice(0, index);
  if (above.some(isOurs)) return IGNORED;
  if (site === undefined) return { ...INTERNAL, name: nameOf(frames[from] as Site), site: frames[from] };
  let entry = index - 1;
  while (entry > from && !isNamed(frames[entry] as Site)) entry--;
  const made = frames[entry] as Site;
  const isInside = current !== undefined && above.some((frame) => isFrameOf(frame, current));
  if (isInside || isIterating(made)) return INTERNAL;
  const foreign = made.origin === 'library';
  return { ownership: 'provisional', name: nameOf(made), site, executor: false, foreign };
}

/** Names of functions that only stand before the one that was called. */
const NO_WORD = /^(?:new Promise|wrap|wrapped|wrapper|asyncBufferWrapper)$/;

/** Whether a name says nothing of what was called. */
export function isNoWord(name: string): boolean {
  return NO_WORD.test(name);
}

function isNamed({ origin, functionName }: Site): boolean {
  return origin !== 'builtin' && functionName !== null && !isNoWord(functionName);
}

/** A step of `for await` over something of Node's: the loop it is taken in says where the time went. */
function isIterating({ origin, functionName }: Site): boolean {
  return origin === 'node' && NO_OPERATION.test(`.${functionName}`);
}

export interface ResourceOrigin extends Origin {
  /** Made while the executor of a `new Promise` ran. */
  inExecutor: boolean;
  /** The module of Node's that user code called, as `fs`; empty where it called none. */
  module: string;
  /** Not made by user code that runs now, but by Node, going on with what user code called earlier. */
  carried?: boolean;
}

const NO_RESOURCE: ResourceOrigin = { ...INTERNAL, inExecutor: false, module: '' };
/** Where user code that makes an `AsyncResource` of its own calls Node. */
const RESOURCE_MODULES = new Set(['async_hooks', 'async_local_storage', 'events']);
/** What user code puts off itself, by what Node calls it. */
const PUT_OFF = /^(?:process\.nextTick|queueMicrotask)$/;
/** Functions of Node's that are global, and of no module. */
const GLOBAL = 'queueMicrotask';

/**
 * A resource made by Node for user code: only Node's own frames stand between, and none of `current`. Where user code
 * does not stand on the stack at all, Node goes on with what `current`, a resource of its own, was made for.
 */
export function originOfResource(frames: readonly Site[], current: Task | undefined): ResourceOrigin {
  let inExecutor = false;
  for (let index = 0; index < frames.length; index++) {
    const frame = frames[index] as Site;
    if (frame.origin === 'builtin') {
      inExecutor ||= frame.functionName === NEW_PROMISE;
    } else if (frame.origin === 'user') {
      const below = frames[index + 1];
      inExecutor ||= below?.origin === 'builtin' && below.functionName === NEW_PROMISE;
      return {
        ownership: 'user',
        ...nodeCall(calledFrom(frames, index)),
        site: frame,
        executor: false,
        inExecutor,
      };
    } else if (isOurs(frame)) {
      return { ...NO_RESOURCE, ownership: 'ignored' };
    } else if (frame.origin !== 'node' || (current !== undefined && isFrameOf(frame, current))) {
      return NO_RESOURCE;
    }
  }
  if (current?.carrier !== true || current.site === undefined) return NO_RESOURCE;
  const made = nodeCall(frames.find(({ file }) => file !== RESOURCE_HOOKS_FILE));
  // files that are read or written while something else goes on, as chunks of a pipeline
  if (made.module === 'fs' && !current.serves.startsWith('fs.')) return NO_RESOURCE;
  return {
    ownership: 'user',
    name: current.serves || made.name,
    module: '',
    site: current.site,
    executor: false,
    inExecutor,
    carried: true,
  };
}

/** Whether an `AsyncResource`, a tick or a microtask is the user's; Node makes some for its own streams and agents. */
export function isOwnResource({ ownership, module, name }: ResourceOrigin): boolean {
  return (
    ownership === 'user' && (RESOURCE_MODULES.has(module) || (module === 'process' && PUT_OFF.test(name)))
  );
}

/** Whether this frame is the task's own function, however far it has run. */
export function isFrameOf(frame: Site, task: Task): boolean {
  const own = task.definition;
  return (
    own !== undefined &&
    frame.file === own.file &&
    frame.definitionLine === own.definitionLine &&
    frame.definitionColumn === own.definitionColumn
  );
}

/** Whether this frame is the function that called the task's. */
export function isCallerOf(frame: Site, task: Task): boolean {
  const caller = task.site;
  return (
    caller !== undefined &&
    caller !== task.definition &&
    frame.file === caller.file &&
    frame.definitionLine === caller.definitionLine &&
    frame.definitionColumn === caller.definitionColumn
  );
}

export function samePlace(a: Site | undefined, b: Site | undefined): boolean {
  return (
    a !== undefined && b !== undefined && a.line === b.line && a.column === b.column && a.file === b.file
  );
}

function isOurs(frame: Site): boolean {
  return frame.origin === 'self' || frame.origin === 'opentelemetry';
}

/** `const sleep = (ms) => new Promise(…)` reads as `sleep`; written inside an async function, as `new Promise`. */
function nameOfNewPromise(maker: Site, current: Task | undefined): string {
  const inAsyncFunction = current !== undefined && isFrameOf(maker, current);
  return maker.functionName === null || inAsyncFunction ? NEW_PROMISE : nameOf(maker);
}

/** What the user's code at `index` called, below what `promisify` puts between. */
function calledFrom(frames: readonly Site[], index: number): Site | undefined {
  let at = index - 1;
  while (at > 0 && (frames[at]?.file === PROMISIFY_FILE || frames[at]?.origin === 'builtin')) at--;
  return frames[at]?.file === RESOURCE_HOOKS_FILE ? undefined : frames[at];
}

function nodeCall(entry: Site | undefined): { name: string; module: string } {
  const module = moduleOfNode(entry?.file ?? '');
  const name = entry?.origin === 'node' ? (entry.functionName ?? '') : '';
  const called = isNoWord(name) ? '' : name;
  const isOfModule = module !== '' && called !== '' && called !== GLOBAL;
  return { name: isOfModule ? `${module}.${called}` : called, module };
}

/** As one imports it; empty for what is global, as `fetch`. */
function moduleOfNode(file: string): string {
  const module = /^node:(?:internal\/)?(\w+)/.exec(file)?.[1] ?? '';
  return module === 'bootstrap' || module === 'deps' ? '' : module.replace(/^_(http|tls)_.*/, '$1');
}

/** Empty for a function without a name. */
function nameOf({ functionName }: Site): string {
  return functionName === DYNAMIC_IMPORT ? 'import' : (functionName ?? '');
}
