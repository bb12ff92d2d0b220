import assert from 'node:assert/strict';
import test from 'node:test';
import type { Span } from '@opentelemetry/api';
import { SpanLedger } from '../../../../src/sidecar/delivery/span-ledger.js';

type Done = (result: { code: number }) => void;

/** An exporter as the SDK's processors hold it; answers when it is told to, or at once. */
class Exporter {
  #waiting: Done[] = [];

  constructor(private readonly atOnce = false) {}

  export(_spans: unknown[], done: Done): void {
    if (this.atOnce) done({ code: 0 });
    else this.#waiting.push(done);
  }

  answer(code = 0): void {
    for (const done of this.#waiting.splice(0)) done({ code });
  }
}

function start() {
  let now = 0;
  const health: boolean[] = [];
  const ledger = new SpanLedger(
    (well) => health.push(well),
    () => now,
  );
  const processor = (...exporters: (Exporter | undefined)[]) => ({
    _spanProcessors: exporters.map((exporter) => (exporter ? { _exporter: exporter } : {})),
  });
  const begin = (name: string, _spanProcessor: object) => {
    const span = { name, _spanProcessor, spanContext: () => ({ traceFlags: 1 }) } as unknown as Span;
    ledger.started(span, undefined);
    return span;
  };
  const end = (name: string, _spanProcessor: object) => {
    const span = begin(name, _spanProcessor);
    ledger.ended(span);
    return span;
  };
  const names = (spans: Span[]) => spans.map((span) => (span as unknown as { name: string }).name);
  return {
    ledger,
    health,
    processor,
    begin,
    end,
    ended: () => names(ledger.unexported().ended),
    open: () => names(ledger.unexported().open),
    pass: (seconds: number, stepMs = 1_000) => {
      for (let i = 0; i < seconds; i++) {
        now += stepMs;
        ledger.tick();
      }
    },
  };
}
const nothing = () => {};

test('a span is there until its exporter has delivered it', () => {
  const { processor, end, ended, health } = start();
  const collector = new Exporter();
  const spans = [end('a', processor(collector))];
  collector.export(spans, nothing);
  assert.deepEqual(ended(), ['a']);
  collector.answer(1);
  assert.deepEqual(ended(), ['a']);
  collector.export(spans, nothing);
  collector.answer();
  assert.deepEqual(ended(), []);
  assert.deepEqual(health, [false, true]);
});

test('the console confirms nothing that a collector waits for, and does not speak for its health', () => {
  const { processor, begin, end, ended, open, health } = start();
  const collector = new Exporter();
  const screen = new Exporter(true);
  const both = processor(collector, screen);
  // within its `end`, as the simple processor does
  const first = begin('first', both);
  screen.export([first], nothing);
  assert.deepEqual(open(), ['first']);
  const second = end('second', both);
  screen.export([second], nothing);
  assert.deepEqual(ended(), ['second']);
  assert.deepEqual(health, []);
});

test('where there is nothing but the console, what is written there has arrived', () => {
  const { processor, end, ended } = start();
  const screen = new Exporter(true);
  const spans = [end('a', processor(screen))];
  screen.export(spans, nothing);
  assert.deepEqual(ended(), []);
});

test('a provider whose exporter is not seen stays so beside another', () => {
  const { processor, begin, end, ended, pass } = start();
  end('unseen', processor(undefined));
  const seen = processor(new Exporter());
  pass(8);
  end('recent', processor(undefined));
  begin('open', seen);
  assert.deepEqual(ended(), ['recent']);
});

test('spans that go nowhere are not kept, whoever else exports', () => {
  const { processor, begin, end, ended, open } = start();
  end('seen', processor(new Exporter()));
  end('nowhere', processor());
  begin('open, nowhere', processor());
  assert.deepEqual([ended(), open()], [['seen'], []]);
});

test('what a processor has dropped is forgotten, and what failed at the exporter is not', () => {
  const { processor, end, ended, pass } = start();
  const collector = new Exporter();
  const filtered = processor(collector);
  end('dropped', filtered);
  const taken = end('taken', filtered);
  collector.export([taken], nothing);
  collector.answer(1);
  pass(10);
  assert.deepEqual(ended(), ['dropped', 'taken']);
  pass(3);
  assert.deepEqual(ended(), ['taken']);
});

test('what was dropped on the way to a collector is forgotten though the console has it', () => {
  const { processor, end, ended, pass } = start();
  const screen = new Exporter(true);
  const spans = [end('dropped', processor(new Exporter(), screen))];
  screen.export(spans, nothing);
  assert.deepEqual(ended(), ['dropped']);
  pass(13);
  assert.deepEqual(ended(), []);
});

test('while an export is under way the next batch waits for it', () => {
  const { processor, end, ended, pass } = start();
  const collector = new Exporter();
  const slow = processor(collector);
  const first = end('first', slow);
  collector.export([first], nothing);
  end('second', slow);
  pass(30);
  assert.deepEqual(ended(), ['first', 'second']);
  pass(15);
  assert.deepEqual(ended(), ['first']);
});

test('a loop that stands still exports nothing: that time does not count', () => {
  const { processor, end, ended, pass } = start();
  end('before the block', processor(new Exporter()));
  pass(2, 60_000);
  assert.deepEqual(ended(), ['before the block']);
});

test('the delay that was set in code counts', () => {
  const { end, ended, pass } = start();
  end('a', { _exporter: new Exporter(), _scheduledDelayMillis: 60_000 });
  pass(100);
  assert.deepEqual(ended(), ['a']);
  pass(30);
  assert.deepEqual(ended(), []);
});
