/** How a benchmarked program is instrumented. One process runs one mode; the runner alternates them. */
import { AsyncInstrumentation, type AsyncInstrumentationConfig } from '../../src/index.js';

export const MODES = {
  bare: undefined,
  off: { enabled: false },
  standard: {},
  debug: { debug: true },
} as const satisfies Record<string, AsyncInstrumentationConfig | undefined>;

export type Mode = keyof typeof MODES;

/** Instruments this process as `--mode` says. */
export function applyMode(): Mode {
  const mode = (process.argv.find((argument) => argument.startsWith('--mode=')) ?? '--mode=bare').slice(
    7,
  ) as Mode;
  const config = MODES[mode];
  if (config !== undefined) new AsyncInstrumentation(config);
  return mode;
}
