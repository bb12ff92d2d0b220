/** `npm run demo:recorder`: what the flight recorder has of the last seconds, as a trace. */
import { showApplication } from '../support/watched-application.js';

console.log('A shop in debug mode takes an order whose payment fails. What happened in the seconds before?');
await showApplication('recorder-app.js');
