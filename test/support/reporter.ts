/** A line per test file, failures in full, and node:test's own summary (`# tests`, `# pass`, …) at the end. */
import { basename, dirname, join } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/** Characters shown of an error, and of what a failing file wrote itself. */
const MAX_OUTPUT = 10_000;

interface FileResult {
  passed: number;
  failed: number;
  skipped: number;
  durationMs: number;
  output: string;
}

export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let file: string | undefined;
  let result = empty();
  const outputs = new Map<string, string>();
  const path: string[] = [];
  for await (const event of source) {
    switch (event.type) {
      case 'test:stdout':
      case 'test:stderr': {
        const { file: from = '', message } = event.data;
        outputs.set(from, ((outputs.get(from) ?? '') + message).slice(0, MAX_OUTPUT));
        break;
      }
      case 'test:start':
        path[event.data.nesting] = event.data.name;
        break;
      case 'test:pass':
      case 'test:fail': {
        const { data } = event;
        if (data.file !== file) {
          if (file !== undefined) yield line(file, result);
          file = data.file;
          result = empty();
          result.output = outputs.get(file ?? '') ?? '';
        }
        if (data.nesting === 0) result.durationMs += data.details.duration_ms;
        if (data.details.type === 'suite') {
          if (typeof data.skip === 'string') {
            result.skipped++;
            yield `skipped ${data.name}: ${data.skip}\n`;
          }
          // a hook that failed, which the tests of the suite do not tell
          const text =
            event.type === 'test:fail'
              ? failure([...path.slice(0, data.nesting), data.name], data, (data.details as Failed).error)
              : '';
          if (text !== '') result.failed++;
          yield text;
          break;
        }
        if (data.skip) result.skipped++;
        else if (event.type === 'test:pass') result.passed++;
        else if (!data.todo) {
          result.failed++;
          yield failure([...path.slice(0, data.nesting), data.name], data, (data.details as Failed).error);
        }
        break;
      }
      case 'test:diagnostic':
        if (event.data.file === undefined && event.data.nesting === 0) {
          if (file !== undefined) yield line(file, result);
          file = undefined;
          yield `# ${event.data.message}\n`;
        }
        break;
    }
  }
}

interface Failed {
  error: Error & { failureType?: string; cause?: unknown };
}

function failure(path: string[], at: { file?: string; line?: number }, error: Failed['error']): string {
  // a suite that failed because a test in it failed has nothing to add
  if (error.failureType === 'subtestsFailed') return '';
  const thrown = error.cause ?? error;
  // an assertion's stack begins with its difference; its other fields say the same again, in full
  const known = thrown instanceof Error && (thrown as { code?: string }).code === 'ERR_ASSERTION';
  const text = known ? (thrown.stack ?? thrown.message) : inspect(thrown, { depth: 8 });
  const detail = text.length > MAX_OUTPUT ? `${text.slice(0, MAX_OUTPUT)}…` : text;
  return `not ok ${path.join(' > ')}\n    at ${at.file}:${at.line ?? 0}\n${detail.replace(/^/gm, '    ')}\n`;
}

function line(file: string, { passed, failed, skipped, durationMs, output }: FileResult): string {
  const skips = skipped > 0 ? `, ${skipped} skipped` : '';
  const name = join(basename(dirname(file)), basename(file));
  const counts = `${passed} passed${failed > 0 ? `, ${failed} FAILED` : ''}${skips}`;
  const head = `${failed > 0 ? 'not ok' : 'ok'} ${name}: ${counts} (${Math.round(durationMs)} ms)\n`;
  return failed > 0 && output !== ''
    ? `${head}    output of ${name}:\n${output.replace(/^/gm, '    | ')}\n`
    : head;
}

function empty(): FileResult {
  return { passed: 0, failed: 0, skipped: 0, durationMs: 0, output: '' };
}
