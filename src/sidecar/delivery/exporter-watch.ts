import type { Span } from '@opentelemetry/api';
import { asSelf } from '../../base/self.js';
import { batchDelayMs, exportTimeoutMs } from '../../config/batch-schedule.js';

type Done = (result: { code: number }) => void;
type ExportSpans = (spans: readonly unknown[], done: Done) => void;
interface Exporter {
  export: ExportSpans;
  /** Of ours, which tell the processor at once that a batch was taken: here it is told when it was delivered. */
  confirming?: Exporter;
}
/** What we know of span processors of SDK 2 and 3; found by looking, not by version. */
interface Processor {
  _spanProcessors?: Processor[];
  _exporter?: Exporter;
  _scheduledDelayMillis?: number;
  _exportTimeoutMillis?: number;
  /** One of ours. */
  exportsNothing?: true;
}

function nameOf(instance: object): string {
  const name = instance.constructor?.name;
  return !name || name === 'Object' ? 'an exporter' : name;
}

/** What has been seen of an exporter. */
export interface SeenExporter {
  /**
   * One that is done before its `export` returns (the console's, one in memory) sends nothing over a network. Not known
   * before it has exported something.
   */
  answers: 'at once' | 'later' | undefined;
  underWay: number;
}

/** Where the spans of one provider go. */
export interface Route {
  readonly exporters: readonly SeenExporter[];
  /** There are processors whose exporter cannot be seen: what is delivered is not known. */
  readonly blind: boolean;
  /** The longest time for which its processors collect a batch, and for which they wait for one to be exported. */
  readonly delayMs: number;
  readonly timeoutMs: number;
}

export interface ExportListener {
  /** `by` has been given these. */
  exporting(spans: readonly unknown[], by: SeenExporter): void;
  /** `by` is done with these. */
  delivered(spans: readonly unknown[], by: SeenExporter): void;
  /** Somebody at the other end has answered, or has not. */
  exported(successfully: boolean): void;
}

const SUCCESS = 0;
const NOWHERE: Route = { exporters: [], blind: false, delayMs: 0, timeoutMs: 0 };

interface Wrapped {
  original: ExportSpans;
  replacement: ExportSpans;
  own: boolean;
  seen: SeenExporter;
}

/** Learns from the application's exporters which spans have been delivered, by a function around their `export`. */
export class ExporterWatch {
  readonly #wrapped = new Map<Exporter, Wrapped>();
  readonly #strangers = new Set<string>();
  /** By the provider's processor: another provider may send nowhere, or where nobody sees. */
  readonly #routes = new WeakMap<Processor, Route>();

  constructor(private readonly listener: ExportListener) {}

  /** Names of exporters and processors that keep to themselves where they send to: all but those of `register`. */
  get strangers(): ReadonlySet<string> {
    return this.#strangers;
  }

  /** Where this span will go. */
  follow(span: Span): Route {
    const processor = (span as { _spanProcessor?: Processor })._spanProcessor;
    if (processor === undefined) return NOWHERE;
    const known = this.#routes.get(processor);
    if (known !== undefined) return known;
    const route = this.#routeThrough(processor);
    this.#routes.set(processor, route);
    return route;
  }

  #routeThrough(processor: Processor): Route {
    const exporters: SeenExporter[] = [];
    let blind = false;
    const all = processor._spanProcessors ?? [processor];
    const leaves = all.filter(({ exportsNothing }) => !exportsNothing);
    for (const leaf of leaves) {
      const exporter = leaf._exporter?.confirming ?? leaf._exporter;
      if (leaf._exporter?.confirming === undefined) this.#strangers.add(nameOf(leaf._exporter ?? leaf));
      const seen = typeof exporter?.export === 'function' ? this.#wrap(exporter) : undefined;
      if (seen === undefined) blind = true;
      else exporters.push(seen);
    }
    return {
      exporters,
      blind,
      delayMs: longest(
        leaves.map((leaf) => leaf._scheduledDelayMillis),
        batchDelayMs('BSP'),
      ),
      timeoutMs: longest(
        leaves.map((leaf) => leaf._exportTimeoutMillis),
        exportTimeoutMs('BSP'),
      ),
    };
  }

  stop(): void {
    for (const [exporter, { original, replacement, own }] of this.#wrapped) {
      if (exporter.export !== replacement) continue; // somebody wrapped it again: theirs stays
      if (own) exporter.export = original;
      else delete (exporter as Partial<Exporter>).export;
    }
    this.#wrapped.clear();
  }

  readonly #exporting = (seen: SeenExporter, spans: readonly unknown[]) => {
    seen.underWay++;
    this.listener.exporting(spans, seen);
  };

  readonly #answered = (seen: SeenExporter, spans: readonly unknown[], success: boolean, later: boolean) => {
    seen.underWay--;
    if (success && later) seen.answers = 'later';
    else if (success) seen.answers ??= 'at once';
    if (success) this.listener.delivered(spans, seen);
    // refused at once it was all the same: too many under way, or shut down
    if (later || !success) this.listener.exported(success);
  };

  /** `undefined` where it is frozen. */
  #wrap(exporter: Exporter): SeenExporter | undefined {
    const known = this.#wrapped.get(exporter);
    if (known !== undefined) return known.seen;
    const own = Object.hasOwn(exporter, 'export');
    const original = exporter.export;
    const exporting = this.#exporting;
    const answered = this.#answered;
    const seen: SeenExporter = { answers: undefined, underWay: 0 };
    const replacement: ExportSpans = function (this: Exporter, spans, done) {
      asSelf(() => exporting(seen, spans));
      let returned = false;
      original.call(this, spans, (result) => {
        asSelf(() => answered(seen, spans, result?.code === SUCCESS, returned));
        done(result);
      });
      returned = true;
    };
    try {
      exporter.export = replacement;
    } catch {
      return undefined;
    }
    this.#wrapped.set(exporter, { original, replacement, own, seen });
    return seen;
  }
}

/** What was set in code, as far as it can be seen; else what the environment says. */
function longest(given: readonly unknown[], fallback: number): number {
  const known = given.filter((one) => typeof one === 'number');
  return known.length > 0 ? Math.max(...known) : fallback;
}
