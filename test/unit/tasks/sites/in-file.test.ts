import assert from 'node:assert/strict';
import Module from 'node:module';
import test from 'node:test';
import { transformSync } from 'esbuild';
import { captureFrames } from '../../../../src/tasks/sites/capture.js';
import { placeInFile } from '../../../../src/tasks/sites/in-file.js';
import { type RawFrame, rawFrames } from '../../../../src/tasks/sites/raw-frames.js';
import type { Site } from '../../../../src/tasks/sites/site-table.js';
import { locationOf, preloadSourceMap } from '../../../../src/tasks/sites/source-maps.js';

const SOURCE = `enum Size {
  Small = 1,
}

interface Shelf {
  size: Size;
}

exports.look = function look(probe: () => unknown): unknown {
  const shelf: Shelf = { size: Size.Small };
  return shelf.size && probe();
};
`;

/** As a loader does while a module is loaded: the file on disk would be the source. */
function load(file: string): { look<T>(probe: () => T): T } {
  const { code } = transformSync(SOURCE, {
    loader: 'ts',
    sourcefile: file,
    sourcemap: 'inline',
    minifyWhitespace: true,
    format: 'cjs',
  });
  type Compiling = Module & { _compile(code: string, file: string): void };
  const module = new Module(file) as Compiling;
  module.filename = file;
  module._compile(code, file);
  return module.exports;
}

function withSourceMaps(enabled: boolean, work: () => void): void {
  const before = (process as { sourceMapsEnabled?: boolean }).sourceMapsEnabled === true;
  process.setSourceMapsEnabled(enabled);
  try {
    work();
  } finally {
    process.setSourceMapsEnabled(before);
  }
}

test('a frame in a file that was transformed while it was loaded is put where its author wrote it', () => {
  const probe = (): RawFrame[] => rawFrames(probe, 1);
  const placed = (file: string) => {
    const [frame] = load(file).look(probe);
    assert.equal(frame?.line, 1);
    placeInFile(frame as RawFrame);
    return [frame?.line, frame?.definitionLine];
  };
  withSourceMaps(false, () => assert.deepEqual(placed('/app/off/shelf.ts'), [1, 1]));
  withSourceMaps(true, () => {
    assert.deepEqual(placed('/app/shelf.ts'), [11, 9]);
    assert.deepEqual(placed('/app/shelf.js'), [1, 1], 'of JavaScript the sidecar finds the map itself');
    // its address would have to be made by Node
    assert.deepEqual(placed('/app/a shelf.ts'), [1, 1]);
  });
});

test('that the entry has no map before it is transformed is not remembered', () => {
  const entry = '/app/entry.ts';
  preloadSourceMap(entry);
  const probe = (): readonly Site[] => captureFrames(probe, 1);
  withSourceMaps(true, () => {
    const [site] = load(entry).look(probe);
    assert.equal(locationOf(site as Site)?.line, 11);
  });
});
