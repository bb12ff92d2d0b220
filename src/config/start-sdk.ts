import { process } from '../base/process.js';
import { remark } from '../base/remarks.js';

/** Options of `register` alone: it reads them before there is an instrumentation. */
export const REGISTER_OPTIONS = {
  startSdk: {
    env: 'OTEL_NODE_ASYNC_START_SDK',
    values: ['auto', 'true', 'false'],
    default: 'auto',
    doc:
      'Whether `register` starts an OpenTelemetry SDK. `auto`: where none is running, and it steps aside when ' +
      'the application registers its own. `true`: likewise, but it stays. `false`: never.',
  },
} as const;

export type StartSdk = (typeof REGISTER_OPTIONS.startSdk.values)[number];

/** A value that is not allowed is warned of once, and the default taken. */
export function startSdkOption(env: NodeJS.ProcessEnv = process.env): StartSdk {
  const row = REGISTER_OPTIONS.startSdk;
  const given = env[row.env]?.trim().toLowerCase();
  if (given === undefined || given === '') return row.default;
  const synonym = { '1': 'true', on: 'true', yes: 'true', '0': 'false', off: 'false', no: 'false' }[given];
  const value = row.values.find((allowed) => allowed === (synonym ?? given));
  if (value !== undefined) return value;
  remark(row.env, `${row.env}=${JSON.stringify(given)} is ignored: it must be auto, true or false.`);
  return row.default;
}
