import { attributesOf, type Collector } from '../collector.js';
import type { Arrivals, Receiver } from './series.js';

/** The tests' own collector, which knows to the millisecond when something arrived. */
export class LocalReceiver implements Receiver {
  constructor(private readonly collector: Collector) {}

  get url(): string {
    return this.collector.url;
  }

  arrivals(traceId: string): Arrivals {
    const { logs, spans, metrics } = this.collector;
    const exception = logs.find(({ item }) => item.eventName === 'exception' && item.traceId === traceId);
    const open = spans.find(({ item }) => item.name === 'request' && item.traceId === traceId);
    // of the same program: its trace stands in the name of the service's instance
    const mine = <T extends { resource: Map<string, unknown> }>(of: readonly T[]) =>
      of.filter(({ resource }) => resource.get('run') === open?.resource.get('run'));
    const ended = mine(spans).find(({ item }) => item.name === 'already ended');
    const metric = mine(metrics).find(({ item }) => item.name === 'app.orders');
    const all = [exception, open, ended, metric].filter((one) => one !== undefined);
    return {
      atMs: Math.max(...all.map(({ atMs }) => atMs)),
      exception: exception !== undefined,
      ended: open !== undefined && ended !== undefined,
      cutOff: open !== undefined && attributesOf(open.item).get('async.span.cut_off') === true,
      metric: open !== undefined && metric !== undefined,
    };
  }
}
