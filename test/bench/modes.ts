/** How a benchmarked process is instrumented. One process runs one mode; the runner alternates them. */
import type { AsyncInstrumentationConfig } from '../../src/index.js';

export const OURS: Readonly<Record<string, AsyncInstrumentationConfig>> = {
  off: { enabled: false },
  standard: {},
  // the governor would shed what is to be measured
  'debug by hooks': { debug: true, overheadBudget: 1 },
  'debug by sites': { debug: true, overheadBudget: 1, sites: 'compiled' },
  'debug within budget': { debug: true },
};

export const PEERS = [
  'runtime-node',
  '@sentry/node-native',
  "V8's async stacks",
  'trace',
  'blocked-at',
] as const;

export const BARE = 'bare';

export interface Arm {
  mode: string;
  /** Share of requests that are sampled. */
  ratio?: number;
}

export function nameOf({ mode, ratio }: Arm): string {
  return ratio === undefined ? mode : `${mode}, ${ratio * 100}% sampled`;
}

/** The environment of a process that runs `arm`; `sdk`: with OpenTelemetry's SDK and HTTP instrumentation. */
export function environmentOf(arm: Arm, sdk: boolean, peers: string | undefined): NodeJS.ProcessEnv {
  return {
    ...process.env,
    BENCH_MODE: arm.mode,
    BENCH_RATIO: String(arm.ratio ?? 1),
    BENCH_SDK: sdk ? '1' : '',
    BENCH_PEERS: peers ?? '',
  };
}
