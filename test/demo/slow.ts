/** `npm run demo:slow`: a request whose callbacks hold up the loop, as its trace and its records tell it. */
import { showApplication } from '../support/watched-application.js';

console.log('An application blocks its loop for 160 and for 120 ms. The threshold is 100 ms.');
await showApplication('slow-app.js');
