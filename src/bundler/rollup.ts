import type { SourceMap } from '../loader/source-map.js';
import { type BundlerOptions, SourceCompiler } from './source-compiler.js';

/** What we use of the context of Rollup's hooks. */
export interface RollupContext {
  getCombinedSourcemap?(): unknown;
}

export interface RollupPlugin {
  name: string;
  transform(
    this: RollupContext,
    code: string,
    id: string,
    options?: { ssr?: boolean | undefined },
  ): { code: string; map: SourceMap } | undefined;
}

/** For Rollup and Rolldown. Stands where you like: before plugins that make JavaScript of TypeScript, or after. */
export function rollup(options?: BundlerOptions): RollupPlugin {
  const compiler = new SourceCompiler(options);
  return {
    name: 'opentelemetry-instrumentation-async',
    transform(code, id) {
      const file = id.startsWith('\0') ? undefined : compiler.fileOf(id);
      if (file === undefined) return undefined;
      return compiler.compileStep(file, code, () => this.getCombinedSourcemap?.());
    },
  };
}

/** For Vite: compiles what is built for a server (`build.ssr`), never what browsers get. */
export function vite(options?: BundlerOptions): RollupPlugin {
  const plugin = rollup(options);
  const { transform } = plugin;
  return {
    ...plugin,
    transform(code, id, how) {
      return how?.ssr === true ? transform.call(this, code, id) : undefined;
    },
  };
}
