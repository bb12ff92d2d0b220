import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { otlpTarget } from '../../../src/config/otlp-target.js';

test('without variables: the standard defaults', () => {
  assert.deepEqual(otlpTarget('logs', {}), {
    protocol: 'http/protobuf',
    url: 'http://localhost:4318/v1/logs',
    headers: {},
    timeoutMs: 10_000,
    gzip: false,
    tls: { ca: undefined, cert: undefined, key: undefined },
  });
});

test('the general endpoint gets the path of the signal, the own one is taken as it is', () => {
  const urls = (env: Record<string, string>) => otlpTarget('traces', env).url;
  assert.equal(urls({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }), 'http://c:4318/v1/traces');
  assert.equal(urls({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/base/' }), 'https://c/base/v1/traces');
  assert.equal(urls({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:1/x?y=1' }), 'http://c:1/x?y=1');
  const both = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://b' };
  assert.equal(urls(both), 'http://b/');
});

test('an endpoint that is no http URL is ignored, and so is an empty one', () => {
  for (const bad of ['', '  ', 'c:4318', 'ftp://c', 'http://', '/v1/traces']) {
    const { url } = otlpTarget('traces', { OTEL_EXPORTER_OTLP_ENDPOINT: bad });
    assert.equal(url, 'http://localhost:4318/v1/traces', bad);
  }
});

test('headers: general ones, own ones over them, decoded; what HTTP forbids is left out', () => {
  const { headers } = otlpTarget('metrics', {
    OTEL_EXPORTER_OTLP_HEADERS: 'a=1, b = two%20words ,no-value,=no-key,bad name=1,evil=x%0Ay,half=100%',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'a=own,token=a=b==',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'other=1',
  });
  assert.deepEqual(headers, { a: 'own', b: 'two words', half: '100%', token: 'a=b==' });
});

test('protocol, timeout and compression: own before general, bad values fall back', () => {
  const env = {
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_TIMEOUT: '250',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'none',
  };
  assert.equal(otlpTarget('traces', env).protocol, 'http/json');
  assert.equal(otlpTarget('logs', env).protocol, 'grpc');
  assert.equal(otlpTarget('traces', env).timeoutMs, 250);
  assert.deepEqual([otlpTarget('traces', env).gzip, otlpTarget('logs', env).gzip], [true, false]);
  for (const bad of ['-1', '0', 'soon', 'Infinity']) {
    assert.equal(otlpTarget('traces', { OTEL_EXPORTER_OTLP_TIMEOUT: bad }).timeoutMs, 10_000);
  }
  assert.equal(otlpTarget('traces', { OTEL_EXPORTER_OTLP_PROTOCOL: 'thrift' }).protocol, 'http/protobuf');
});

test('certificates are read; a file that is not there is left out', (t) => {
  const file = join(tmpdir(), `otel-async-ca-${process.pid}.pem`);
  t.after(() => rmSync(file));
  writeFileSync(file, 'PEM');
  const { tls } = otlpTarget('traces', {
    OTEL_EXPORTER_OTLP_CERTIFICATE: file,
    OTEL_EXPORTER_OTLP_CLIENT_KEY: '/nowhere/key.pem',
  });
  assert.deepEqual(tls, { ca: 'PEM', cert: undefined, key: undefined });
});
