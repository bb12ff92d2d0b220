import { BackendProcess } from './backend-process.js';
import { binary } from './binaries.js';
import { getJson } from './http.js';

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
  /** The text of a rule file. */
  readonly rules?: string;
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

  get otlpMetricsUrl(): string {
    return `${this.#url}/api/v1/otlp/v1/metrics`;
  }

  /** The samples of an instant query, now. */
  async query(expression: string): Promise<Sample[]> {
    type Answer = { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
    const answer = await getJson<Answer>(`${this.#url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** Type, help and unit by metric name. */
  async metadata(): Promise<
    Readonly<Record<string, readonly { type: string; help: string; unit: string }[]>>
  > {
    type Answer = { data: Record<string, { type: string; help: string; unit: string }[]> };
    return (await getJson<Answer>(`${this.#url}/api/v1/metadata`)).data;
  }

  async alerts(): Promise<Alert[]> {
    return (await getJson<{ data: { alerts: Alert[] } }>(`${this.#url}/api/v1/alerts`)).data.alerts;
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  get #url(): string {
    return `http://127.0.0.1:${this.process.ports[0]}`;
  }
}
