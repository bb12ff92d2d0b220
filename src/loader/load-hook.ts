import { Guard } from '../base/guard.js';
import { asSelf } from '../base/self.js';
import type { Stop } from '../types.js';
import type { LoadContext, LoadHook, LoadResult, RegisterHooks } from './node-support.js';

/** The new source of a module, or undefined where it stays as it is. */
export type Transform = (url: string, loaded: LoadResult, context: LoadContext) => string | undefined;

/**
 * Has the sources of all modules that this thread loads from now on, by `import` and `require`, pass `transform`.
 * Whatever becomes of it, a module that loads without us loads with us: what `transform` throws ends the hook, and
 * what the next hook throws is the application's.
 */
export function installLoadHook(registerHooks: RegisterHooks, transform: Transform): Stop {
  let active = true;
  const guard = new Guard('the loader of compiled sites', () => {
    active = false;
  });
  const guarded = guard.wrap((url: string, loaded: LoadResult, context: LoadContext) =>
    asSelf(() => transform(url, loaded, context)),
  );
  const load: LoadHook = (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    if (!active) return loaded;
    const source = guarded(url, loaded, context);
    return source === undefined ? loaded : { ...loaded, source };
  };
  const hooks = registerHooks({ load });
  return () => {
    active = false;
    hooks.deregister();
  };
}
