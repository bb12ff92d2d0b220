import assert from 'node:assert/strict';
import test from 'node:test';
import { OtlpError, type OtlpErrorCode } from '../../../src/otlp/error.js';
import { decodeJson, encodeJson } from '../../../src/otlp/json.js';
import type { AnyValue } from '../../../src/otlp/messages.js';
import { decodeProtobuf, encodeProtobuf } from '../../../src/otlp/protobuf.js';
import type { Schema } from '../../../src/otlp/schema.js';
import { LOGS_REQUEST, METRICS_REQUEST, TRACES_REQUEST } from '../../../src/otlp/tables.js';
import { officialLogs, officialMetrics, officialTraces } from '../../support/official-otlp.js';

const SAMPLES: readonly [schema: Schema<object>, protobuf: Uint8Array, json: string][] = [
  [TRACES_REQUEST as Schema<object>, officialTraces().protobuf, officialTraces().json],
  [LOGS_REQUEST as Schema<object>, officialLogs().protobuf, officialLogs().json],
  [METRICS_REQUEST as Schema<object>, (await officialMetrics()).protobuf, (await officialMetrics()).json],
];

/** The decoder's answer: a message or its own error. Anything else fails the test. */
function outcome(decode: () => object): OtlpErrorCode | 'message' {
  try {
    decode();
    return 'message';
  } catch (error) {
    assert.ok(error instanceof OtlpError, `threw ${String(error)}`);
    return error.code;
  }
}

/** A generator with a seed: a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('a message cut anywhere is a message or a typed error', () => {
  const seen = new Set<string>();
  for (const [schema, protobuf, json] of SAMPLES) {
    for (let length = 0; length < protobuf.length; length++) {
      seen.add(outcome(() => decodeProtobuf(schema, protobuf.subarray(0, length))));
    }
    for (let length = 0; length < json.length; length++) {
      assert.equal(
        outcome(() => decodeJson(schema, json.slice(0, length))),
        'malformed',
      );
    }
  }
  assert.deepEqual([...seen].sort(), ['message', 'truncated']);
});

test('30,000 damaged messages are messages or typed errors', () => {
  const next = random(20_261_123);
  const seen = new Map<string, number>();
  for (let round = 0; round < 30_000; round++) {
    const [, sample] = SAMPLES[round % SAMPLES.length] as (typeof SAMPLES)[number];
    const [schema] = SAMPLES[next(SAMPLES.length)] as (typeof SAMPLES)[number];
    const damaged = Uint8Array.from(sample);
    for (let hits = 1 + next(8); hits > 0; hits--) damaged[next(damaged.length)] = next(256);
    const code = outcome(() => decodeProtobuf(schema, damaged));
    seen.set(code, (seen.get(code) ?? 0) + 1);
  }
  for (const code of ['message', 'truncated', 'malformed']) assert.ok((seen.get(code) ?? 0) > 100, code);
});

test('6,000 damaged JSON documents are messages or typed errors', () => {
  const next = random(42);
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    'null',
    '"',
    '-1',
    '1e999',
    'true',
    '{"values":[]}',
    ',',
    '"zz"',
    '0.5',
  ];
  let messages = 0;
  for (let round = 0; round < 6_000; round++) {
    const [schema, , sample] = SAMPLES[round % SAMPLES.length] as (typeof SAMPLES)[number];
    const tokens = sample.match(/"[^"]*"|[{}[\],:]|[^"{}[\],:]+/g) as string[];
    tokens[next(tokens.length)] = pieces[next(pieces.length)] as string;
    if (outcome(() => decodeJson(schema, tokens.join(''))) === 'message') messages++;
  }
  assert.ok(messages > 100);
});

test('noise is never more than a typed error', () => {
  const next = random(7);
  for (let round = 0; round < 10_000; round++) {
    const noise = Uint8Array.from({ length: next(200) }, () => next(256));
    for (const [schema] of SAMPLES) outcome(() => decodeProtobuf(schema, noise));
  }
});

test('lengths that reach past the end cost nothing', () => {
  const claims = ['0aff', '0affffffff0f', '0affffffffffffffffff01', '0affffffffffffffffffff01'];
  assert.deepEqual(
    claims.map((hex) => outcome(() => decodeProtobuf(TRACES_REQUEST, Buffer.from(hex, 'hex')))),
    ['truncated', 'truncated', 'truncated', 'malformed'],
  );
});

test('nesting ends at a limit, in messages, groups and JSON', () => {
  let value = new Uint8Array(0);
  for (let level = 0; level < 5_000; level++) value = nest(5, nest(1, value));
  // request > resource > attribute > value
  const deep = nest(1, nest(1, nest(1, nest(2, value))));
  assert.equal(
    outcome(() => decodeProtobuf(TRACES_REQUEST, deep)),
    'too_deep',
  );
  const group = Buffer.concat(Array.from({ length: 50_000 }, () => Buffer.from('9b06', 'hex')));
  assert.equal(
    outcome(() => decodeProtobuf(TRACES_REQUEST, group)),
    'too_deep',
  );
  const levels = 200_000;
  const json = '{"arrayValue":{"values":['.repeat(levels) + ']}}'.repeat(levels);
  const body = `{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":${json}}]}}]}`;
  assert.equal(
    outcome(() => decodeJson(TRACES_REQUEST, body)),
    'too_deep',
  );
});

test('a small body cannot become a huge message', () => {
  const empties = Buffer.concat(Array.from({ length: 1_000_001 }, () => Buffer.from('0a00', 'hex')));
  assert.equal(
    outcome(() => decodeProtobuf(TRACES_REQUEST, empties)),
    'too_many',
  );
  const limits = { depth: 100, items: 10 };
  const list = `{"resourceSpans":[${Array.from({ length: 11 }, () => '{}').join()}]}`;
  assert.equal(
    outcome(() => decodeJson(TRACES_REQUEST, list, limits)),
    'too_many',
  );
});

test('unknown fields and fields of another wire type are skipped', () => {
  const known = encodeProtobuf(TRACES_REQUEST, { resourceSpans: [{ schemaUrl: 'x' }] });
  const unknown = Buffer.concat([
    Buffer.from('ba3e03616263', 'hex'), // 999: bytes
    Buffer.from('c03e9601', 'hex'), // 1000: varint
    Buffer.from('c93e0102030405060708', 'hex'), // 1001: 64 bits
    Buffer.from('d53e01020304', 'hex'), // 1002: 32 bits
    Buffer.from('db3ee33e0801e43edc3e', 'hex'), // 1003: a group in a group
    Buffer.from('0805', 'hex'), // 1, as a varint
    known,
  ]);
  assert.deepEqual(decodeProtobuf(TRACES_REQUEST, unknown), { resourceSpans: [{ schemaUrl: 'x' }] });
  assert.deepEqual(
    decodeJson(TRACES_REQUEST, '{"future":[1],"__proto__":{"x":1},"resourceSpans":[{"schemaUrl":"x"}]}'),
    { resourceSpans: [{ schemaUrl: 'x' }] },
  );
});

test('packed and unpacked lists read the same; a message in two parts is merged', () => {
  const packed = nest(6, Buffer.concat([fixed64(1n), fixed64(2n)]));
  const unpacked = Buffer.concat([Buffer.from([0x31]), fixed64(1n), Buffer.from([0x31]), fixed64(2n)]);
  for (const counts of [packed, unpacked]) {
    const request = nest(1, nest(2, nest(2, nest(9, nest(1, counts)))));
    const metric = decodeProtobuf(METRICS_REQUEST, request).resourceMetrics?.[0]?.scopeMetrics?.[0]
      ?.metrics?.[0];
    assert.deepEqual(metric?.histogram?.dataPoints?.[0]?.bucketCounts, [1n, 2n]);
  }
  const split = nest(
    1,
    Buffer.concat([nest(1, Buffer.from('1001', 'hex')), nest(1, nest(1, Buffer.alloc(0)))]),
  );
  assert.deepEqual(decodeProtobuf(TRACES_REQUEST, split), {
    resourceSpans: [{ resource: { droppedAttributesCount: 1, attributes: [{}] } }],
  });
});

test('JSON values of a wrong type are named', () => {
  const wrong: [json: string, message: RegExp][] = [
    ['[]', /an object for ExportTraceServiceRequest/],
    ['{"resourceSpans":{}}', /an array for ExportTraceServiceRequest\.resourceSpans/],
    [span('"traceId":"xyz"'), /Span\.traceId: expected a hexadecimal id/],
    [span('"startTimeUnixNano":"12.5"'), /Span\.startTimeUnixNano: expected a 64 bit integer/],
    [span('"startTimeUnixNano":"-1"'), /Span\.startTimeUnixNano/],
    [span('"startTimeUnixNano":"99999999999999999999"'), /Span\.startTimeUnixNano/],
    [span('"name":7'), /Span\.name: expected a string/],
    [span('"kind":"SERVER"'), /Span\.kind: expected an integer/],
    [span('"flags":4294967296'), /Span\.flags/],
  ];
  for (const [json, message] of wrong) {
    assert.throws(() => decodeJson(TRACES_REQUEST, json), { code: 'malformed', message });
  }
});

test('a value that contains itself is refused by the encoders', () => {
  const value: AnyValue = { arrayValue: { values: [] } };
  value.arrayValue?.values?.push(value);
  const request = { resourceSpans: [{ resource: { attributes: [{ key: 'k', value }] } }] };
  assert.throws(() => encodeProtobuf(TRACES_REQUEST, request), { code: 'too_deep' });
  assert.throws(() => encodeJson(TRACES_REQUEST, request), { code: 'too_deep' });
});

function span(fields: string): string {
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[{${fields}}]}]}]}`;
}

function nest(field: number, inner: Uint8Array): Uint8Array<ArrayBuffer> {
  const length: number[] = [];
  let rest = inner.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  length.push(rest);
  return new Uint8Array(Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), inner]));
}

function fixed64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
