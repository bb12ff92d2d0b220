import type { Span, Tracer, TracerProvider } from '@opentelemetry/api';
import { asSelf } from '../base/self.js';
import type { Logger, LoggerProvider } from '../telemetry/otel-access.js';

/**
 * What is registered in place of our providers: tracers and loggers that the application took before it registered
 * its own SDK go over to that one. Without us it would have got proxies, which do the same.
 */
export class TracerProviderSwitch implements TracerProvider {
  /** `drain` waits for the delivery of what our exporters have taken. */
  constructor(
    private target: TracerProvider,
    private readonly drain: () => Promise<unknown>,
  ) {}

  pointTo(target: TracerProvider): void {
    this.target = target;
  }

  /** As the API's own proxy has it: who looks for the real provider looks here. */
  getDelegate(): TracerProvider {
    return this.target;
  }

  getTracer(...args: Parameters<TracerProvider['getTracer']>): Tracer {
    let provider: TracerProvider | undefined;
    let tracer: Tracer;
    const current = (): Tracer => {
      if (provider !== this.target) {
        provider = this.target;
        tracer = provider.getTracer(...args);
      }
      return tracer;
    };
    return {
      startSpan: (...started): Span => current().startSpan(...started),
      startActiveSpan: (...started: unknown[]) =>
        (current().startActiveSpan as (...all: unknown[]) => never)(...started),
    };
  }

  forceFlush(): Promise<unknown> {
    return ended((this.target as Flushable).forceFlush?.(), this.drain);
  }

  shutdown(): Promise<unknown> {
    return ended((this.target as Flushable).shutdown?.(), this.drain);
  }
}

export class LoggerProviderSwitch implements LoggerProvider {
  constructor(
    private target: LoggerProvider | undefined,
    private readonly drain: () => Promise<unknown>,
  ) {}

  /** `undefined` where ours is gone and the application has none yet: records go nowhere, as without us. */
  pointTo(target: LoggerProvider | undefined): void {
    this.target = target;
  }

  getDelegate(): LoggerProvider | undefined {
    return this.target;
  }

  getLogger(...args: Parameters<LoggerProvider['getLogger']>): Logger {
    let provider: LoggerProvider | undefined;
    let logger: MaybeFiltering | undefined;
    const current = () => {
      if (provider !== this.target) {
        provider = this.target;
        logger = provider?.getLogger(...args);
      }
      return logger;
    };
    const through: MaybeFiltering = {
      emit: (record) => current()?.emit(record),
      enabled: (...asked) =>
        current()?.enabled ? current()?.enabled?.(...asked) === true : this.target !== undefined,
    };
    return through;
  }

  forceFlush(): Promise<unknown> {
    return ended((this.target as Flushable | undefined)?.forceFlush?.(), this.drain);
  }

  shutdown(): Promise<unknown> {
    return ended((this.target as Flushable | undefined)?.shutdown?.(), this.drain);
  }
}

function ended(flushed: Promise<unknown> | undefined, drain: () => Promise<unknown>): Promise<void> {
  return asSelf(async () => {
    await flushed;
    await drain();
  });
}

interface Flushable {
  forceFlush?(): Promise<unknown>;
  shutdown?(): Promise<unknown>;
}

interface MaybeFiltering extends Logger {
  enabled?(...asked: unknown[]): boolean;
}
