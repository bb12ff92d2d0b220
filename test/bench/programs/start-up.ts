/** Nothing: what is measured is the process, from its start to here, by the runner. */
import { report } from '../measure.js';

report(performance.now());
