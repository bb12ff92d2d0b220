/** `npm run demo:sync-io`: a request that makes synchronous calls, as its trace and its records tell it. */
import { showApplication } from '../support/watched-application.js';

console.log('An application hashes a password and runs a command, both synchronously, in a request.');
await showApplication('sync-io-app.js');
