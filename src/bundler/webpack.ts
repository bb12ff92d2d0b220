import { fileURLToPath } from 'node:url';
import { type BundlerOptions, SourceCompiler } from './source-compiler.js';

/** What we use of webpack's `Compiler`. */
export interface WebpackCompiler {
  options: { module: { rules: unknown[] } };
}

export interface WebpackPlugin {
  apply(compiler: WebpackCompiler): void;
}

/** For webpack 5 and Rspack: a rule that runs after all other loaders of a module. */
export function webpack(options: BundlerOptions = {}): WebpackPlugin {
  return {
    apply(compiler) {
      new SourceCompiler(options);
      compiler.options.module.rules.push({
        test: /\.[cm]?[jt]sx?$/,
        enforce: 'post',
        use: [{ loader: fileURLToPath(new URL('./webpack-loader.js', import.meta.url)), options }],
      });
    },
  };
}
