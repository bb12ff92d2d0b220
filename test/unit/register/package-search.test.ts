import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { PackageSearch, rootAt, roots } from '../../../src/register/package-search.js';

const home = realpathSync(mkdtempSync(join(tmpdir(), 'otel-async-search-')));
after(() => rmSync(home, { recursive: true, force: true }));

function put(folder: string, name: string): string {
  const at = join(home, folder, 'node_modules', name);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'package.json'), JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
  writeFileSync(join(at, 'index.js'), `exports.file = __filename;`);
  return at;
}

test('a package of the root, one that another brings along, one two steps away, and one that is nowhere', () => {
  put('app', '@opentelemetry/api');
  // as pnpm has it: what the application does not name is visible from its dependency alone
  const node = put('store/sdk-node', '@opentelemetry/sdk-node');
  const exporter = put('store/exporter', '@opentelemetry/exporter-trace-otlp-proto');
  put('store/exporter', '@opentelemetry/otlp-transformer');
  for (const [link, to] of [
    ['app/node_modules/@opentelemetry/sdk-node', node],
    ['store/sdk-node/node_modules/@opentelemetry/exporter-trace-otlp-proto', exporter],
  ] as const) {
    mkdirSync(dirname(join(home, link)), { recursive: true });
    symlinkSync(to, join(home, link));
  }
  const search = new PackageSearch(rootAt(join(home, 'app', 'main.js')));
  const found = (name: string) => search.load<{ file: string }>(name)?.file.replace(home, '');
  assert.match(found('@opentelemetry/api') ?? '', /^\/app\//);
  assert.match(found('@opentelemetry/exporter-trace-otlp-proto') ?? '', /^\/store\/exporter\//);
  assert.match(found('@opentelemetry/otlp-transformer') ?? '', /^\/store\/exporter\//);
  assert.equal(found('@opentelemetry/sdk-metrics'), undefined);
});

test('a package loaded apart is a copy that nobody else gets', () => {
  put('apart', '@opentelemetry/instrumentation-x');
  const root = rootAt(join(home, 'apart', 'main.js'));
  const copy = new PackageSearch(root).loadApart('@opentelemetry/instrumentation-x', /instrumentation-x/);
  assert.ok(copy);
  assert.notEqual(root.load('@opentelemetry/instrumentation-x'), copy);
});

test('roots: the entry behind its link, the working directory, ourselves; an entry that is no file is skipped', () => {
  const real = join(home, 'real', 'cli.js');
  mkdirSync(dirname(real), { recursive: true });
  writeFileSync(real, '');
  symlinkSync(real, join(home, 'link.js'));
  const from = roots(join(home, 'link.js'), home).map((root) => root.from);
  assert.deepEqual(from.slice(0, 3), [real, join(home, 'link.js'), join(home, 'package.json')]);
  assert.equal(from.length, 4);
  assert.equal(roots('[worker eval]', home).length, 2);
});

test('roots: a working directory that is gone is none', () => {
  const before = process.cwd();
  const gone = join(home, 'gone');
  mkdirSync(gone);
  process.chdir(gone);
  try {
    rmSync(gone, { recursive: true });
    assert.equal(roots('[worker eval]').length, 1);
  } finally {
    process.chdir(before);
  }
});
