/** What starting an SDK and sending loads into the process, and must not. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Application, REGISTER } from '../../support/application.js';

const application = new Application({
  'main.mjs': `
    import { trace } from '@opentelemetry/api';
    trace.getTracer('app').startActiveSpan('work', (span) => span.end());
    process.on('exit', () => {
      const symbols = Object.getOwnPropertySymbols(globalThis).map(String);
      console.log(symbols.filter((symbol) => /undici/.test(symbol)));
    });
  `,
});
after(() => application.remove());

// once it is loaded, its dispatcher is that of an undici which the application installed as well
test("Node's own undici is loaded by the application, or not at all", async () => {
  for (const debug of ['false', 'true']) {
    const ended = await application.run('main.mjs', {
      flags: ['--import', REGISTER],
      // nobody listens
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_NODE_ASYNC_DEBUG: debug },
    });
    assert.equal(ended.stdout, '[]\n', ended.stderr);
    assert.equal(ended.code, 0);
  }
});
