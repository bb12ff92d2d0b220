/**
 * The process, taken before the program can replace or delete the global. Not from `node:process`: an `import` of that
 * reads all its properties, and with that opens the standard streams, which changes the pipes behind them.
 */
// biome-ignore lint/correctness/noProcessGlobal: the one place
export const process: NodeJS.Process = globalThis.process;
