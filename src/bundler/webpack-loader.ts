import { type BundlerOptions, SourceCompiler } from './source-compiler.js';

/** What we use of the context of webpack's loaders. */
interface LoaderContext {
  resourcePath: string;
  getOptions(): BundlerOptions;
  callback(error: null, code: string, map?: unknown): void;
}

let compiler: SourceCompiler | undefined;

/** The loader that the rule of `webpack()` names. */
export default function loader(this: LoaderContext, code: string, map?: unknown): void {
  compiler ??= new SourceCompiler(this.getOptions());
  const file = compiler.fileOf(this.resourcePath);
  const made = file === undefined ? undefined : compiler.compile(file, code, map);
  if (made === undefined) this.callback(null, code, map);
  else this.callback(null, made.code, made.map);
}
