import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { withMap } from '../loader/map-comment.js';
import { textOf } from '../loader/source-text.js';
import { type BundlerOptions, LANGUAGES, SourceCompiler } from './source-compiler.js';

type Loader = 'js' | 'jsx' | 'ts' | 'tsx';

/** What we use of esbuild's `PluginBuild`, in words of our own: our types need no bundler. */
export interface EsbuildBuild {
  initialOptions: { loader?: { [extension: string]: string } };
  onLoad(
    options: { filter: RegExp; namespace?: string },
    callback: (args: {
      path: string;
    }) => Promise<{ contents: string; loader: Loader; watchFiles: string[] } | undefined>,
  ): void;
}

export interface EsbuildPlugin {
  name: string;
  setup(build: EsbuildBuild): void;
}

/** It reads the files itself: a plugin that reads some in its own way must stand before it. */
export function esbuild(options?: BundlerOptions): EsbuildPlugin {
  return {
    name: 'opentelemetry-instrumentation-async',
    setup(build) {
      const compiler = new SourceCompiler(options);
      const loaders = build.initialOptions.loader ?? {};
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: 'file' }, async ({ path }) => {
        const file = compiler.fileOf(path);
        const extension = extname(path);
        const loader = (loaders[extension] ?? LANGUAGES[extension]) as Loader;
        if (file === undefined || !/^[jt]sx?$/.test(loader)) return undefined;
        const text = textOf(await readFile(file));
        const made = text === undefined ? undefined : compiler.compile(file, text, undefined, loader);
        if (made === undefined) return undefined;
        // esbuild composes the map it finds here with its own
        return { contents: withMap(made.code, JSON.stringify(made.map)), loader, watchFiles: [file] };
      });
    },
  };
}
