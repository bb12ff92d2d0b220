/** The compiler as the hosts of test262 load it. */
export { compile } from '../../../src/compiler/compile.js';

/** What compiled code calls is found by a symbol that all realms of a thread share. */
export function prepare(_global: object): void {}
