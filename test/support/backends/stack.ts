import { Collector } from './collector.js';
import { Jaeger } from './jaeger.js';
import { Prometheus, type PrometheusOptions } from './prometheus.js';

/** The Collector, and behind it Jaeger for traces and Prometheus for metrics. */
export class Stack {
  private constructor(
    readonly jaeger: Jaeger,
    readonly prometheus: Prometheus,
    readonly collector: Collector,
  ) {}

  static async start(options?: PrometheusOptions): Promise<Stack> {
    const jaeger = await Jaeger.start();
    const prometheus = await Prometheus.start(options);
    const collector = await Collector.start({
      jaegerUrl: jaeger.otlpUrl,
      prometheusUrl: prometheus.otlpUrl,
    });
    return new Stack(jaeger, prometheus, collector);
  }

  async stop(): Promise<void> {
    await this.collector.stop();
    await Promise.all([this.jaeger.stop(), this.prometheus.stop()]);
  }
}
