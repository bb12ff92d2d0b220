/** `npm run demo:stuck`: a request that hangs, as its trace and its record tell it. */
import { showApplication } from '../support/watched-application.js';

console.log('An order waits for a card service that never answers. The threshold is 2 s.');
await showApplication('stuck-app.js');
