import assert from 'node:assert/strict';
import test from 'node:test';
import {
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { decodeJson, encodeJson } from '../../../src/otlp/json.js';
import type { TracesRequest } from '../../../src/otlp/messages.js';
import { decodeProtobuf, encodeProtobuf } from '../../../src/otlp/protobuf.js';
import type { Schema } from '../../../src/otlp/schema.js';
import {
  LOGS_REQUEST,
  LOGS_RESPONSE,
  METRICS_REQUEST,
  METRICS_RESPONSE,
  TRACES_REQUEST,
  TRACES_RESPONSE,
} from '../../../src/otlp/tables.js';
import { type Official, officialLogs, officialMetrics, officialTraces } from '../../support/official-otlp.js';

const SIGNALS: readonly [name: string, schema: Schema<object>, official: Official][] = [
  ['traces', TRACES_REQUEST as Schema<object>, officialTraces()],
  ['logs', LOGS_REQUEST as Schema<object>, officialLogs()],
  ['metrics', METRICS_REQUEST as Schema<object>, await officialMetrics()],
];

for (const [name, schema, official] of SIGNALS) {
  test(`${name}: what the official exporters write in protobuf and in JSON reads the same`, () => {
    const fromProtobuf = decodeProtobuf(schema, official.protobuf);
    assert.deepEqual(withoutDefaults(fromProtobuf), withoutDefaults(decodeJson(schema, official.json)));
  });

  test(`${name}: written again it is what the official exporters wrote, byte for byte`, () => {
    const again = encodeProtobuf(schema, decodeProtobuf(schema, official.protobuf));
    assert.equal(Buffer.from(again).toString('hex'), Buffer.from(official.protobuf).toString('hex'));
  });

  test(`${name}: the JSON we write is the official JSON`, () => {
    const again = encodeJson(schema, decodeJson(schema, official.json));
    // the official exporter writes 64 bit integers as numbers, the specification wants strings
    assert.deepEqual(scalarsAsText(JSON.parse(again)), scalarsAsText(JSON.parse(official.json)));
  });
}

test('ids are hexadecimal, 64 bit integers exact, text is UTF-8', () => {
  const traces = decodeProtobuf(TRACES_REQUEST, officialTraces().protobuf);
  const [child, root] = traces.resourceSpans?.[0]?.scopeSpans?.[0]?.spans ?? [];
  assert.match(root?.traceId ?? '', /^[0-9a-f]{32}$/);
  assert.match(root?.spanId ?? '', /^[0-9a-f]{16}$/);
  assert.equal(root?.startTimeUnixNano, 1_700_000_000_123_456_789n);
  assert.equal(child?.name, '日本語 🚀');
  assert.equal(child?.links?.[0]?.spanId, root?.spanId);
});

test('the official clients understand our answers, partial success included', () => {
  const traces = { partialSuccess: { rejectedSpans: 3n, errorMessage: 'no such id' } };
  assert.deepEqual(
    withoutDefaults(ProtobufTraceSerializer.deserializeResponse(encodeProtobuf(TRACES_RESPONSE, traces))),
    { partialSuccess: { rejectedSpans: 3, errorMessage: 'no such id' } },
  );
  const logs = { partialSuccess: { rejectedLogRecords: 4n, errorMessage: 'x' } };
  assert.deepEqual(
    withoutDefaults(ProtobufLogsSerializer.deserializeResponse(encodeProtobuf(LOGS_RESPONSE, logs))),
    { partialSuccess: { rejectedLogRecords: 4, errorMessage: 'x' } },
  );
  const metrics = { partialSuccess: { rejectedDataPoints: 5n, errorMessage: 'y' } };
  assert.deepEqual(
    withoutDefaults(ProtobufMetricsSerializer.deserializeResponse(encodeProtobuf(METRICS_RESPONSE, metrics))),
    { partialSuccess: { rejectedDataPoints: 5, errorMessage: 'y' } },
  );
});

test('numbers at their limits survive both encodings', () => {
  const values = [0n, 1n, -1n, 2n ** 31n, -(2n ** 31n), 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
  const doubles = [0, -0, 1.5, Number.MAX_VALUE, Number.MIN_VALUE, Infinity, -Infinity, NaN];
  const request: TracesRequest = {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                startTimeUnixNano: 2n ** 64n - 1n,
                flags: 0xffffffff,
                droppedAttributesCount: 0xffffffff,
                kind: -1,
                attributes: [
                  ...values.map((intValue) => ({ key: 'i', value: { intValue } })),
                  ...doubles.map((doubleValue) => ({ key: 'd', value: { doubleValue } })),
                  { key: 'b', value: { bytesValue: new Uint8Array([0, 127, 128, 255]) } },
                ],
              },
            ],
          },
        ],
      },
    ],
  };
  assert.deepEqual(decodeProtobuf(TRACES_REQUEST, encodeProtobuf(TRACES_REQUEST, request)), request);
  const json = decodeJson(TRACES_REQUEST, encodeJson(TRACES_REQUEST, request));
  // JSON has no negative zero
  request.resourceSpans![0]!.scopeSpans![0]!.spans![0]!.attributes![values.length + 1]!.value!.doubleValue =
    0;
  assert.deepEqual(json, request);
});

test('fields no official JavaScript exporter writes have the numbers of the specification', () => {
  // exemplar (5) with filtered attribute (7), time (2), value (3), span (4), trace (5), in a gauge's data point
  const exemplar = '1109000000000000001900000000000000402202aabb2a02ccdd3a030a016b';
  const gauge = Buffer.from(exemplar, 'hex');
  const wrap = (field: number, inner: Buffer) =>
    Buffer.concat([Buffer.from([(field << 3) | 2, inner.length]), inner]);
  const request = wrap(1, wrap(2, wrap(2, wrap(5, wrap(1, wrap(5, gauge))))));
  assert.deepEqual(
    decodeProtobuf(METRICS_REQUEST, request).resourceMetrics?.[0]?.scopeMetrics?.[0]?.metrics?.[0],
    {
      gauge: {
        dataPoints: [
          {
            exemplars: [
              {
                timeUnixNano: 9n,
                asDouble: 2,
                spanId: 'aabb',
                traceId: 'ccdd',
                filteredAttributes: [{ key: 'k' }],
              },
            ],
          },
        ],
      },
    },
  );
});

function scalarsAsText(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(scalarsAsText);
  if (typeof json !== 'object' || json === null) return String(json);
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, scalarsAsText(value)]));
}

/** Protobuf leaves defaults out, JSON writes some of them: for readers it is the same. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const kept = Object.entries(value)
    .map(([key, inner]) => [key, withoutDefaults(inner)] as const)
    .filter(([, inner]) => !isDefault(inner));
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isDefault(value: unknown): boolean {
  if (value === undefined || value === 0 || value === 0n || value === '' || value === false) return true;
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof Uint8Array) &&
    Object.keys(value).length === 0
  );
}
