import { setTimeout as pause } from 'node:timers/promises';
import { monotonic } from '../../src/base/clock.js';
import { type Receiver, startReceiver } from '../../src/cli/receiver/receiver.js';
import { lookOf, paint } from '../../src/cli/view/look.js';
import { Viewer } from '../../src/cli/view/viewer.js';
import type { LogRecord, LogsRequest, MetricsRequest, TracesRequest } from '../../src/otlp/messages.js';
import { ATTR } from '../../src/semconv.js';

const PATIENCE_MS = 30_000;
const TICK_MS = 50;
/** The largest time there is in OTLP. */
const NEVER = 2n ** 64n - 1n;
const KIND_SERVER = 2;

/** The receiver behind `otel-async view`, which here shows things in the order of the story. */
export class Stage {
  readonly #viewer: Viewer;
  readonly #metrics: MetricsRequest[] = [];
  readonly #logs: LogsRequest[] = [];
  #receiver: Receiver | undefined;
  #following = false;
  /** What began before is not shown. Down until the first act: an opening database blocks the loop more than all later. */
  #curtain = NEVER;
  #shown = '';

  static async open(): Promise<Stage> {
    const stage = new Stage();
    stage.#receiver = await startReceiver({
      host: '127.0.0.1',
      port: 0,
      sink: {
        traces: (request) => stage.#viewer.traces(stage.#ofStory(request)),
        metrics: (request) => void stage.#metrics.push(request),
        logs: (request) => void stage.#logs.push(request),
      },
      warn: console.error,
    });
    return stage;
  }

  private constructor() {
    this.#viewer = new Viewer(monotonic, look, (lines) => {
      this.#shown += `${lines.join('\n')}\n`;
      console.log(lines.join('\n'));
    });
  }

  get url(): string {
    return this.#receiver?.url ?? '';
  }

  say(text: string): void {
    console.log(`\n${paint(look(), 'cyan', text)}`);
  }

  /** A new act: what happened before is shown no more. */
  act(text: string): void {
    this.#curtain = now();
    this.say(text);
  }

  /** Waits until the trace of a request has been shown. */
  async traceOf(root: string): Promise<void> {
    await this.#until(`the trace ${root}`, () => {
      this.#viewer.tick();
      return this.#shown.includes(`${root} `);
    });
  }

  /** Leaves the lag until now out of the figures: that of the start would outweigh all else. */
  async forgetLag(): Promise<void> {
    await this.#nextMetrics();
    this.#viewer.forgetLag();
  }

  /** Shows the lag figures since `forgetLag`, and who blocked the loop. */
  async lag(): Promise<void> {
    // what comes next may have been collected before
    await this.#nextMetrics();
    await this.#nextMetrics();
    this.#viewer.showLag();
    this.#showLogs();
  }

  /** Shows log records, once one of them names `type`. */
  async exception(type: string): Promise<void> {
    await this.#until(`an exception ${type}`, () => {
      this.#showLogs();
      return this.#shown.includes(type);
    });
  }

  /** From now on everything is shown as it comes. */
  follow(): void {
    this.#following = true;
    const follow = async () => {
      for (; this.#following; await pause(TICK_MS)) {
        this.#takeMetrics();
        this.#showLogs();
        this.#viewer.tick();
      }
    };
    void follow();
  }

  async close(): Promise<void> {
    this.#following = false;
    await this.#receiver?.close();
  }

  /** The spans of the visits: a busy machine has findings of its own between them. */
  #ofStory(request: TracesRequest): TracesRequest {
    for (const scope of (request.resourceSpans ?? []).flatMap(({ scopeSpans }) => scopeSpans ?? [])) {
      scope.spans = scope.spans?.filter(
        (span) =>
          (span.startTimeUnixNano ?? 0n) >= this.#curtain &&
          (this.#following || Boolean(span.parentSpanId) || span.kind === KIND_SERVER),
      );
    }
    return request;
  }

  async #nextMetrics(): Promise<void> {
    this.#takeMetrics();
    await this.#until('metrics', () => this.#metrics.length > 0);
    this.#takeMetrics();
  }

  #takeMetrics(): void {
    for (const request of this.#metrics.splice(0)) this.#viewer.metrics(request);
  }

  #showLogs(): void {
    for (const request of this.#logs.splice(0)) this.#viewer.logs(recordsSince(this.#curtain, request));
  }

  async #until(what: string, condition: () => boolean): Promise<void> {
    for (const end = performance.now() + PATIENCE_MS; !condition(); await pause(TICK_MS)) {
      if (performance.now() > end) throw new Error(`${what} did not come`);
    }
  }
}

function recordsSince(start: bigint, request: LogsRequest): LogsRequest {
  for (const scope of (request.resourceLogs ?? []).flatMap(({ scopeLogs }) => scopeLogs ?? [])) {
    scope.logRecords = scope.logRecords?.filter((record) => beganAt(record) >= start);
  }
  return request;
}

/** A block is told of when it ends. */
function beganAt({ timeUnixNano = 0n, attributes }: LogRecord): bigint {
  const duration = attributes?.find(({ key }) => key === ATTR.BLOCK_DURATION)?.value?.doubleValue ?? 0;
  return timeUnixNano - BigInt(Math.round(duration * 1e9));
}

function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

function look() {
  return lookOf(process.stdout, process.env, process.cwd());
}
