import type { Span } from '@opentelemetry/api';
import { asSelf } from '../../base/self.js';

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
}

function nameOf(instance: object): string {
  const name = instance.constructor?.name;
  return !name || name === 'Object' ? 'an exporter' : name;
}

export interface ExportListener {
  /** These have been delivered. */
  delivered(spans: readonly unknown[]): void;
  failed(): void;
}

const SUCCESS = 0;

/** Learns from the application's exporters which spans have been delivered, by a function around their `export`. */
export class ExporterWatch {
  readonly #wrapped = new Map<Exporter, { original: ExportSpans; replacement: ExportSpans; own: boolean }>();
  readonly #strangers = new Set<string>();
  #processor: unknown;
  #blind = false;

  constructor(private readonly listener: ExportListener) {}

  /** There are processors whose exporter cannot be seen: what is delivered is not known. */
  get blind(): boolean {
    return this.#blind;
  }

  /** Names of exporters and processors that keep to themselves where they send to: all but those of `register`. */
  get strangers(): ReadonlySet<string> {
    return this.#strangers;
  }

  get sees(): boolean {
    return this.#wrapped.size > 0;
  }

  follow(span: Span): void {
    const processor = (span as { _spanProcessor?: Processor })._spanProcessor;
    if (processor === this.#processor) return;
    this.#processor = processor;
    this.#blind = false;
    const leaves = processor?._spanProcessors ?? (processor === undefined ? [] : [processor]);
    for (const leaf of leaves) {
      const exporter = leaf._exporter?.confirming ?? leaf._exporter;
      if (leaf._exporter?.confirming === undefined) this.#strangers.add(nameOf(leaf._exporter ?? leaf));
      if (typeof exporter?.export === 'function') this.#wrap(exporter);
      else this.#blind = true;
    }
  }

  stop(): void {
    for (const [exporter, { original, replacement, own }] of this.#wrapped) {
      if (exporter.export !== replacement) continue; // somebody wrapped it again: theirs stays
      if (own) exporter.export = original;
      else delete (exporter as Partial<Exporter>).export;
    }
    this.#wrapped.clear();
    this.#processor = undefined;
  }

  #wrap(exporter: Exporter): void {
    if (this.#wrapped.has(exporter)) return;
    const own = Object.hasOwn(exporter, 'export');
    const original = exporter.export;
    const { listener } = this;
    const replacement: ExportSpans = function (this: Exporter, spans, done) {
      original.call(this, spans, (result) => {
        asSelf(() => {
          if (result?.code === SUCCESS) listener.delivered(spans);
          else listener.failed();
        });
        done(result);
      });
    };
    try {
      exporter.export = replacement;
      this.#wrapped.set(exporter, { original, replacement, own });
    } catch {
      this.#blind = true; // frozen
    }
  }
}
