import { BackendProcess } from './backend-process.js';
import { binary } from './binaries.js';
import { getJson } from './http.js';
import { waitFor } from './wait.js';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

export interface PrometheusOptions {
  /** A rule file. */
  readonly rules?: unknown;
  readonly evaluationInterval?: string;
}

/** A real Prometheus with its OTLP receiver on. */
export class Prometheus {
  private constructor(private readonly process: BackendProcess) {}

  static async start({ rules, evaluationInterval = '1s' }: PrometheusOptions = {}): Promise<Prometheus> {
    const started = await BackendProcess.start({
      name: 'prometheus',
      binary: binary('prometheus'),
      ports: 1,
      files: () => ({
        'prometheus.yaml': {
          global: { evaluation_interval: evaluationInterval },
          ...(rules !== undefined && { rule_files: ['rules.yaml'] }),
        },
        ...(rules !== undefined && { 'rules.yaml': rules }),
      }),
      arguments: ([port], folder) => [
        '--config.file=prometheus.yaml',
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-otlp-receiver',
      ],
      readyUrl: ([port]) => `http://127.0.0.1:${port}/-/ready`,
    });
    return new Prometheus(started);
  }

  /** Base address of its OTLP receiver, which takes metrics alone. */
  get otlpUrl(): string {
    return `${this.#url}/api/v1/otlp`;
  }

  /** The samples of an instant query, now. */
  async query(expression: string): Promise<Sample[]> {
    type Result = { metric: Record<string, string>; value: [number, string] };
    const result = await this.#result<Result>(expression);
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** The newest samples of a metric, of a histogram's series too, once what was sent at `time` (nanoseconds) is there. */
  series(name: string, job: string, time: string): Promise<Sample[]> {
    type Result = { metric: Record<string, string>; values: [number, string][] };
    const milliseconds = Number(BigInt(time) / 1_000_000n);
    const expression = `{__name__=~"${name}(_bucket|_count|_sum)?",job="${job}"}[10m]`;
    return waitFor(`${name} of ${job} in Prometheus`, async () => {
      const newest = (await this.#result<Result>(expression)).map(({ metric, values }) => {
        const [seconds, value] = values.at(-1) ?? [0, ''];
        return { labels: metric, value: Number(value), milliseconds: Math.round(seconds * 1_000) };
      });
      const arrived = newest.length > 0 && newest.every((sample) => sample.milliseconds >= milliseconds);
      return arrived ? newest : undefined;
    });
  }

  async alerts(): Promise<Alert[]> {
    return (await getJson<{ data: { alerts: Alert[] } }>(`${this.#url}/api/v1/alerts`)).data.alerts;
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  async #result<T>(expression: string): Promise<T[]> {
    const url = `${this.#url}/api/v1/query?query=${encodeURIComponent(expression)}`;
    return (await getJson<{ data: { result: T[] } }>(url)).data.result;
  }

  get #url(): string {
    return `http://127.0.0.1:${this.process.ports[0]}`;
  }
}
