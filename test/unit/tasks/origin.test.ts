import assert from 'node:assert/strict';
import test from 'node:test';
import { originOfResource } from '../../../src/tasks/origin.js';
import type { Site } from '../../../src/tasks/sites/site-table.js';

function frame(origin: Site['origin'], file: string, functionName: string): Site {
  return { origin, file, functionName, line: 1, column: 1, definitionLine: 1, definitionColumn: 1 };
}

/** What user code called, by the module of Node's and the function in it. */
function nameOf(file: string, functionName: string): string {
  const user = frame('user', '/app/a.js', 'handler');
  return originOfResource([frame('node', file, functionName), user], undefined).name;
}

test('what user code called of Node is named as one writes it', () => {
  for (const [file, called, name] of [
    ['node:fs', 'readFile', 'fs.readFile'],
    ['node:internal/fs/promises', 'open', 'fs.open'],
    ['node:net', 'Server.listen', 'net.Server.listen'],
    ['node:_http_outgoing', 'end', 'http.end'],
    ['node:_tls_wrap', 'connect', 'tls.connect'],
    ['node:internal/bootstrap/web/exposed-window-or-worker', 'fetch', 'fetch'],
    ['node:internal/deps/undici/undici', 'fetch', 'fetch'],
  ] as const) {
    assert.equal(nameOf(file, called), name, file);
  }
});
