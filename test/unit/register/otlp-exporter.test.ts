import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OtlpExporter } from '../../../src/register/otlp-exporter.js';
import type { OtlpSender } from '../../../src/register/otlp-sender.js';

function exporterWith() {
  const settle: ((error?: Error) => void)[] = [];
  const sender = { send: (_body: Uint8Array, settled: (error?: Error) => void) => settle.push(settled) };
  const serializer = { serializeRequest: () => new Uint8Array(1) };
  return { exporter: new OtlpExporter(serializer, sender as unknown as OtlpSender), settle };
}

test('the processor is told at once, so that its timeout holds no process alive', () => {
  const { exporter, settle } = exporterWith();
  const told: unknown[] = [];
  exporter.export([], (result) => told.push(result));
  assert.deepEqual(told, [{ code: 0 }]);
  assert.equal(settle.length, 1);
});

test('who wraps `confirming` hears of the delivery, and of the loss', () => {
  const { exporter, settle } = exporterWith();
  const told: number[] = [];
  const original = exporter.confirming.export;
  exporter.confirming.export = (items, done) =>
    original(items, (result) => {
      told.push(result.code);
      done(result);
    });
  exporter.export([], () => {});
  exporter.export([], () => {});
  assert.deepEqual(told, []);
  settle[0]?.();
  settle[1]?.(new Error('gone'));
  assert.deepEqual(told, [0, 1]);
});
