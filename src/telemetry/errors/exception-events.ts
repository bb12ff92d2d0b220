import { isMainThread } from 'node:worker_threads';
import { monotonic } from '../../base/clock.js';
import { attempt, warnOnce } from '../../base/guard.js';
import { describeThrown, membersOf, type ThrownDescription } from '../../base/thrown.js';
import type { ResolvedOptions } from '../../config/options.js';
import type { Feature, FeatureEnvironment, RunningFeature } from '../../feature.js';
import { type ErrorsProbe, type FailureListener, startErrorsProbe } from '../../probes/errors.js';
import { ExporterErrors } from '../../probes/exporter-errors.js';
import { ATTR, EVENT } from '../../semconv.js';
import { mapLocation } from '../../tasks/sites/source-maps.js';
import { parseStack } from '../../tasks/sites/stack-text.js';
import type { ErrorOrigin, EventRecord, Stop, TaskDescription } from '../../types.js';
import { log } from '../events.js';
import { Folding } from '../folding.js';
import { release } from '../redaction.js';
import { isIgnored } from './error-ignore.js';
import { type Failure, factsOf, kindKey, type Note } from './exception-facts.js';
import { isOwnError } from './exception-origin.js';
import { type ExceptionFacts, exceptionRecord } from './exception-record.js';
import { addToTrace, spanOf } from './exception-span.js';
import { forgetThrowPlaces } from './throw-place.js';
import { OTHER_TYPE, UnhandledErrorCounter } from './unhandled-error-counter.js';

/** Unhandled rejections and uncaught exceptions as `exception` events, and as `async.unhandled_error`. */
export const exceptionEvents: Feature = {
  name: 'exception events',
  wants: (options) => options['errors.enabled'],
  start: (environment) => new ExceptionEvents(environment),
};

/** Errors of a program's first moments, before it has set its logger provider. */
const MOST_WAITING = 20;
const ENDS = isMainThread ? 'process' : 'thread';

class ExceptionEvents implements RunningFeature, FailureListener<Note> {
  readonly #counter: UnhandledErrorCounter;
  readonly #folding: Folding;
  readonly #probe: ErrorsProbe;
  readonly #stops: readonly Stop[];
  readonly #exporterErrors = new ExporterErrors();
  readonly #stopExporterErrors = this.#exporterErrors.start();
  #waiting: EventRecord[] = [];
  #options: ResolvedOptions;

  constructor(private readonly environment: FeatureEnvironment) {
    this.#options = environment.options;
    this.#folding = new Folding(monotonic, (count) => environment.shed('folded_exceptions', count));
    this.#counter = new UnhandledErrorCounter(environment.otel);
    this.#probe = startErrorsProbe<Note>(this);
    this.#stops = [
      environment.onSlowTick(() => {
        this.#probe.check();
        environment.exceptions.tick();
        this.providersChanged();
      }),
      environment.exceptions.watch(() => environment.otel.loggerProvider()),
    ];
  }

  update(options: ResolvedOptions): void {
    this.#options = options;
    forgetThrowPlaces();
  }

  providersChanged(): void {
    this.#counter.refresh();
    this.#logWaiting();
  }

  stop(): void {
    this.#probe.stop();
    for (const stop of this.#stops) stop();
    this.#stopExporterErrors();
    this.#counter.release();
    this.environment.exceptions.clear();
  }

  sighted(_error: unknown, _origin: ErrorOrigin, promise: object | undefined): Note {
    const { otel, tasks } = this.environment;
    const context = attempt('the active context', () => otel.activeContext());
    const task = attempt('the task of an error', () =>
      promise === undefined ? tasks.current() : tasks.describePromise(promise),
    );
    return { timeMs: Date.now(), context, span: spanOf(context), task };
  }

  /**
   * Of a compiled function. Not before it is decided what becomes of the rejection: once its stack was asked for, V8 has
   * forgotten the line that Node prints above an error which ends the process.
   */
  #taskOfRejection({ error, promise }: Failure): TaskDescription | undefined {
    const { tasks } = this.environment;
    if (promise === undefined || !tasks.rejected.any) return undefined;
    const frames = parseStack(describeThrown(error).frames.join('\n'));
    return tasks.describeRejection(
      promise,
      frames.map((frame) => mapLocation(frame)),
    );
  }

  decided(failure: Failure, ends: boolean): boolean {
    failure.note.task ??= attempt('the task of an error', () => this.#taskOfRejection(failure));
    attempt('an exception event', () => this.#report(failure, ends));
    // the promise may live on for long, and the note with it
    failure.note.context = failure.note.span = undefined;
    return failure.note.released !== undefined;
  }

  endsAfterAll(failure: Failure): void {
    attempt('an exception event', () => {
      const facts = factsOf(failure, describeThrown(failure.error), ENDS, 0);
      const { released } = failure.note;
      facts.trace ??= released?.trace;
      if (released !== undefined) this.environment.exceptions.forget(released);
      this.#tellFatal(failure, this.#release(facts));
    });
  }

  handledLate(failure: Failure): void {
    const { released, timeMs } = failure.note;
    if (released === undefined) return;
    const after = Date.now() - timeMs;
    const {
      [ATTR.EXCEPTION_MESSAGE]: _,
      [ATTR.EXCEPTION_STACKTRACE]: __,
      ...attributes
    } = released.attributes;
    this.environment.emit({
      eventName: EVENT.REJECTION_HANDLED_LATE,
      body: `Handled after ${after} ms: the rejection reported as "${released.body}"`,
      severity: 'INFO',
      timeMs: Date.now(),
      attributes: { ...attributes, [ATTR.REJECTION_HANDLED_AFTER]: after / 1_000 },
      ...(released.trace ? { trace: released.trace } : undefined),
    });
  }

  #report(failure: Failure, ends: boolean): void {
    const { error, origin, note } = failure;
    const thrown = describeThrown(error);
    // what ends the process was not expected
    if (!ends && isIgnored(this.#options['errors.ignore'], error, thrown)) return;
    if (isOwnError(error, thrown, note.context, this.#exporterErrors)) {
      sayOwn(error, thrown);
      if (ends) this.#tellFatal(failure, undefined);
      return;
    }
    const kind = this.#folding.kindOf(kindKey(thrown, note.task));
    if (!this.#folding.admits(kind) && !ends) {
      this.#count(failure, kind.releasedType);
      return;
    }
    const released = this.#release(factsOf(failure, thrown, ends ? ENDS : undefined, kind.folded));
    kind.folded = 0;
    kind.releasedType = releasedType(released);
    this.#count(failure, kind.releasedType);
    if (released !== undefined) {
      note.released = released;
      if (this.#options['errors.as'] !== 'span') {
        this.#log(released);
        if (!ends) this.environment.exceptions.add(released);
      }
      if (this.#options['errors.as'] !== 'log') {
        addToTrace(this.environment.otel, note.span, released, origin);
      }
    }
    if (ends) this.#tellFatal(failure, released);
  }

  /** Each failure counts, also where its record is held back; and its task has failed. */
  #count({ origin, promise }: Failure, type = OTHER_TYPE): void {
    this.#counter.count(type, origin);
    if (promise !== undefined) this.environment.tasks.markUnhandled(promise, type);
  }

  #release(facts: ExceptionFacts): EventRecord | undefined {
    const withMessages = this.#options['errors.message'] === 'full';
    return release(this.#options.redact, exceptionRecord(facts, withMessages), () =>
      exceptionRecord(facts, false),
    );
  }

  #log(released: EventRecord): void {
    if (log(this.environment.otel, released)) return;
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(released);
    else this.environment.shed('exceptions_before_provider');
  }

  #logWaiting(): void {
    if (this.#waiting.length === 0) return;
    this.#waiting = this.#waiting.filter((released) => !log(this.environment.otel, released));
  }

  #tellFatal(failure: Failure, record: EventRecord | undefined): void {
    this.environment.reportFatalError({ origin: failure.origin, ends: ENDS, record });
  }
}

function releasedType(released: EventRecord | undefined): string | undefined {
  const type = released?.attributes[ATTR.ERROR_TYPE];
  return typeof type === 'string' ? type : undefined;
}

function sayOwn(error: unknown, thrown: ThrownDescription): void {
  // `forceFlush()` rejects with an array
  const { type, code, message } = thrown.isError ? thrown : describeThrown(membersOf(error)[0] ?? error);
  warnOnce(
    `own error ${type} ${code ?? ''} ${message.slice(0, 200).replace(/\d+/g, '0')}`,
    `an error of OpenTelemetry's own was left unhandled and made no record: ${type}: ${message}`,
  );
}
