import { readFileSync } from 'node:fs';
import { diag } from '@opentelemetry/api';
import { attempt } from '../base/guard.js';
import { process } from '../base/process.js';
import { remark } from '../base/remarks.js';
import { compile } from '../compiler/compile.js';
import { libraries } from '../compiler/libraries.js';
import { RUNTIME_SLOT } from '../compiler/names.js';
import type { ResolvedOptions } from '../config/options.js';
import type { Feature, FeatureEnvironment, RunningFeature } from '../feature.js';
import { hideInsertions } from '../probes/compiled/function-text.js';
import { setUserLibraries } from '../tasks/sites/user-code.js';
import { userCacheFolder } from './cache-folder.js';
import { ModuleCompiler } from './compiled-module.js';
import { compilerIdentity } from './compiler-identity.js';
import { DiskCache } from './disk-cache.js';
import { installLoadHook } from './load-hook.js';
import { registerHooksOf } from './node-support.js';
import { Tally } from './tally.js';

/** Puts sites into the user's modules while they load; those that are loaded already stay as they are. */
export const loader: Feature = {
  name: 'compiled sites',
  options: ['sites', 'spans.libraries', 'sitesCache.enabled', 'sitesCache.folder'],
  wants: (options) => options.sites === 'compiled',
  start: startLoader,
};

const NODE_CANNOT =
  `Node ${process.versions.node} cannot compile modules while they load (22.22.3, 24.11.1 and later can): sites come ` +
  'from hooks. The bundler plugin, opentelemetry-instrumentation-async/bundler, works on every Node.';

/** Whether the program needs no compiler, since its bundler had one. */
function isCompiledBundle(main: string | undefined): boolean {
  try {
    return main !== undefined && readFileSync(main).includes(RUNTIME_SLOT);
  } catch {
    return false;
  }
}

function startLoader({ options, shed, onSlowTick }: FeatureEnvironment): RunningFeature {
  const registerHooks = registerHooksOf();
  if (registerHooks === undefined) {
    if (!isCompiledBundle(process.argv[1])) remark('compiled sites: node', NODE_CANNOT);
    return { stop() {} };
  }
  if (typeof libraries() === 'string') {
    remark(
      'compiled sites: parser',
      'compiled sites need a parser: npm install @babel/parser magic-string. Sites come from hooks.',
    );
    return { stop() {} };
  }
  setUserLibraries(options['spans.libraries']);
  // before any of the program runs, which may keep the function that is there
  hideInsertions();
  const tally = new Tally(shed);
  const modules = new ModuleCompiler(compile, tally, cacheOf(options));
  const stopHook = installLoadHook(registerHooks, (url, loaded, { conditions = [] }) =>
    modules.transform(url, loaded, conditions.includes('import')),
  );
  const stopTick = onSlowTick(() => tell(tally));
  return {
    stop() {
      stopHook();
      modules.stop();
      stopTick();
      tell(tally);
    },
  };
}

function tell(tally: Tally): void {
  const news = tally.news();
  if (news !== undefined) attempt('diag', () => diag.info(`opentelemetry-instrumentation-async: ${news}`));
}

function cacheOf(options: ResolvedOptions): DiskCache | undefined {
  if (!options['sitesCache.enabled']) return undefined;
  const cache = new DiskCache(options['sitesCache.folder'] ?? userCacheFolder(), compilerIdentity());
  return cache.usable ? cache : undefined;
}
