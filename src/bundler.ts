/**
 * Compiled sites at build time, for servers that are bundled and for Nodes that cannot compile while they load: one
 * plugin for each bundler, which puts sites into the user's own modules. The bundle runs with and without
 * `opentelemetry-instrumentation-async` in the process.
 *
 * ```js
 * await build({ entryPoints: ['src/server.ts'], bundle: true, platform: 'node', plugins: [esbuild()] });
 * ```
 *
 * Needs `@babel/parser` and `magic-string` where the bundle is built.
 */

export { type EsbuildBuild, type EsbuildPlugin, esbuild } from './bundler/esbuild.js';
export { type RollupContext, type RollupPlugin, rollup, vite } from './bundler/rollup.js';
export type { BundlerOptions } from './bundler/source-compiler.js';
export { type WebpackCompiler, type WebpackPlugin, webpack } from './bundler/webpack.js';
