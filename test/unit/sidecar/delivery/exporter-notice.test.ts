import assert from 'node:assert/strict';
import test from 'node:test';
import { resolveDestinations } from '../../../../src/config/export-destination.js';
import { exporterNotice } from '../../../../src/sidecar/delivery/exporter-notice.js';

const byDefault = resolveDestinations(undefined, {});
const byVariable = resolveDestinations(undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' });

test('an exporter that may go elsewhere is named, with what to do', () => {
  assert.match(
    exporterNotice(['OTLPTraceExporter'], byDefault) ?? '',
    /OTLPTraceExporter.*localhost:4318.*`crashExporter`/,
  );
  assert.match(
    exporterNotice(['ZipkinExporter', 'OTLPTraceExporter'], byVariable) ?? '',
    /through ZipkinExporter, con.*collector:4318/,
  );
});

test('nothing is said where it reads the same variables, or nothing is sent', () => {
  assert.equal(exporterNotice(['OTLPTraceExporter'], byVariable), undefined);
  assert.equal(exporterNotice([], byDefault), undefined);
  assert.equal(
    exporterNotice(['X'], resolveDestinations(undefined, { OTEL_SDK_DISABLED: 'true' })),
    undefined,
  );
});
