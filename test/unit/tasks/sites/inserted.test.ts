import assert from 'node:assert/strict';
import test from 'node:test';
import { CLOSE, OPEN } from '../../../../src/compiler/insertions.js';
import { columnInFile, forgetInserted, rememberInserted } from '../../../../src/tasks/sites/inserted.js';

const SCRIPT = 'file:///app/bundle.js';

test('each column of compiled code is that of its file, on every line', () => {
  const file = ['let a = f();', '', 'g(await h); i(await j)', 'k()'];
  const compiled = [...file];
  const insert = (line: number, at: string, text: string) => {
    compiled[line] = compiled[line]?.replace(at, `${OPEN}${text}${CLOSE}${at}`) as string;
  };
  insert(0, 'f', 'xx');
  insert(0, ';', 'ww');
  insert(2, 'await h', 'yy');
  insert(2, 'await j', 'zzz');
  insert(2, 'await j', '');
  for (const ending of ['\n', '\r\n', '\r', '\u2028']) {
    rememberInserted([SCRIPT], compiled.join(ending));
    for (const [index, text] of compiled.entries()) {
      for (const word of file[index]?.match(/\w+|[^\w\s]/g) ?? []) {
        // each is there once, beside the brackets
        if (file[index]?.indexOf(word) !== file[index]?.lastIndexOf(word)) continue;
        const column = columnInFile(SCRIPT, index + 1, text.lastIndexOf(word) + 1);
        assert.equal(column, (file[index]?.indexOf(word) ?? -1) + 1, `${word} in line ${index + 1}`);
      }
    }
  }
  assert.equal(
    columnInFile(SCRIPT, 1, compiled[0]?.indexOf('xx') as number),
    (file[0]?.indexOf('f') as number) + 1,
  );
});

test('a script that runs as its file has it keeps its columns', () => {
  assert.equal(columnInFile('/app/other.js', 1, 90), 90);
  rememberInserted([SCRIPT], `${OPEN}x${CLOSE}f()`);
  assert.equal(columnInFile(SCRIPT, 1, 4), 1);
  assert.equal(columnInFile(SCRIPT, 2, 4), 4);
  forgetInserted([SCRIPT]);
  assert.equal(columnInFile(SCRIPT, 1, 4), 4);
});
