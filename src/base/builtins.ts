import { process } from './process.js';

/**
 * Node's `util`, not imported: for its module Node reads every property, and one of them opens the application's
 * standard error (Node 24).
 */
export const util = process.getBuiltinModule('node:util');
