import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { CRASH_KINDS, type Crash, type CrashKind, comparable, crash, isSignal } from './crash.js';

/** Where crashes are delivered to. */
export interface Receiver {
  /** Base address of its OTLP receiver. */
  readonly url: string;
  /** What has arrived of a crash so far. */
  arrivals(traceId: string): Arrivals;
}

export interface Arrivals {
  /** When the whole of it was there, in milliseconds since the epoch, where the receiver knows. */
  atMs: number | undefined;
  exception: boolean;
  /** The span that had ended and was not exported. */
  ended: boolean;
  /** The span that was still open, marked as cut off. */
  cutOff: boolean;
  /** The counter of the application that was not exported. */
  metric: boolean;
}

export interface SeriesResult {
  crashes: number;
  delivered: number;
  sameEnd: number;
  /** Crash to delivered, in milliseconds, sorted. */
  latenciesMs: number[];
  /** What went wrong, ready to be read. */
  failures: string[];
}

/** What a receiver needs to make visible what it has confirmed. */
const VISIBLE_WITHIN_MS = 5_000;

/** `count` crashes on one Node, each kind in turn, compared with runs of the same program without us. */
export async function crashSeries(
  node: string,
  count: number,
  receiver: Receiver,
  each: (crash: Crash) => void = () => {},
): Promise<SeriesResult> {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_SERVICE_NAME: 'crasher' };
  const bare = new Map<CrashKind, object>();
  const result: SeriesResult = { crashes: count, delivered: 0, sameEnd: 0, latenciesMs: [], failures: [] };
  for (let index = 0; index < count; index++) {
    const kind = CRASH_KINDS[index % CRASH_KINDS.length] as CrashKind;
    if (!bare.has(kind)) {
      bare.set(kind, comparable((await crash(kind, node, { ...env, PACKAGE_URL: 'none' })).run));
    }
    const one = await crash(kind, node, env);
    const end = comparable(one.run);
    if (isDeepStrictEqual(end, bare.get(kind))) result.sameEnd++;
    else
      result.failures.push(
        `${kind}: ends as ${JSON.stringify(end)}, not as ${JSON.stringify(bare.get(kind))}`,
      );
    const arrivals = await settled(receiver, one);
    if (isComplete(kind, arrivals)) {
      result.delivered++;
      if (arrivals.atMs !== undefined) result.latenciesMs.push(arrivals.atMs - one.failedAt);
    } else result.failures.push(`${kind}: arrived: ${JSON.stringify(arrivals)}`);
    each(one);
  }
  result.latenciesMs.sort((a, b) => a - b);
  return result;
}

async function settled(receiver: Receiver, { kind, traceId }: Crash): Promise<Arrivals> {
  const end = Date.now() + VISIBLE_WITHIN_MS;
  for (;;) {
    const arrivals = receiver.arrivals(traceId);
    if (isComplete(kind, arrivals) || Date.now() >= end) return arrivals;
    await sleep(20);
  }
}

function isComplete(kind: CrashKind, { exception, ended, cutOff, metric }: Arrivals): boolean {
  return (exception || kind === 'exit' || isSignal(kind)) && ended && cutOff && metric;
}

/** `minimum 7, median 21, maximum 60 ms`. */
export function latencyText(sorted: readonly number[]): string {
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)];
  return `minimum ${at(0)}, median ${at(0.5)}, maximum ${at(1)} ms`;
}
