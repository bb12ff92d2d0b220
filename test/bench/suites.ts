/** What is measured, in which modes. */
import { type Arm, BARE, PEERS } from './modes.js';

export interface Suite {
  program: string;
  /** The title of its table, and what stands against what. */
  title: string;
  unit: 'ns' | 'µs' | 'ms' | 'bytes' | 'requests/s';
  /** The figure counts from bare (start-up, memory), or is a ratio to it. */
  as: 'ratio' | 'difference';
  modes: readonly string[];
}

const ALL = [BARE, 'off', 'standard', 'debug by hooks', 'debug by sites'];
const BESIDE_PEERS = [...ALL, ...PEERS];

export const SUITES: readonly Suite[] = [
  {
    program: 'await-chain',
    title:
      'Await chain (3 async calls and 5 awaits an operation, nothing else), time against the bare program',
    unit: 'ns',
    as: 'ratio',
    modes: BESIDE_PEERS,
  },
  {
    program: 'fan-out',
    title: 'Promise fan-out (async calls by the hundred in `Promise.all`), time of a call against bare',
    unit: 'ns',
    as: 'ratio',
    modes: ALL,
  },
  {
    program: 'timers',
    title: 'Timers and immediates, each with a promise, against bare',
    unit: 'ns',
    as: 'ratio',
    modes: BESIDE_PEERS,
  },
  {
    program: 'streams',
    title: 'Streams (async generator, transform, `for await`), time of a chunk against bare',
    unit: 'ns',
    as: 'ratio',
    modes: ALL,
  },
  {
    program: 'database',
    title: 'Database (PGlite, an embedded Postgres), time of a query against bare',
    unit: 'µs',
    as: 'ratio',
    modes: ALL,
  },
  {
    program: 'start-up',
    title:
      'Start-up: from the start of the process to the first line of the program, milliseconds more than bare',
    unit: 'ms',
    as: 'difference',
    modes: BESIDE_PEERS,
  },
  {
    program: 'memory',
    title:
      'Memory of a pending async call and the promise it waits for: two tasks (of 200,000 calls), bytes more than bare',
    unit: 'bytes',
    as: 'difference',
    modes: ALL,
  },
];

/** The HTTP service has OpenTelemetry's SDK and HTTP instrumentation in every mode, bare as well. */
export const HTTP_TITLE =
  'HTTP service (fastify, some 25 promises and 5 ms of waiting a request, settled), requests per second against the same with ' +
  "OpenTelemetry's SDK and HTTP instrumentation but without us";

export const HTTP_ARMS: readonly Arm[] = [
  { mode: BARE },
  { mode: 'off' },
  { mode: 'standard', ratio: 0.01 },
  { mode: 'standard', ratio: 1 },
  { mode: 'debug by hooks' },
  { mode: 'debug by sites' },
  ...PEERS.map((mode) => ({ mode })),
];

/** For CI: what shows a slip, in little time. */
export const SHORT_PROGRAMS: readonly string[] = ['await-chain', 'fan-out', 'memory'];
export const SHORT_MODES: readonly string[] = [BARE, 'off', 'standard', 'debug by hooks', 'debug by sites'];
