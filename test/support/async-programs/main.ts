/**
 * `npm run conformance:programs -- [--programs N] [--seed N] [--failures N] [--mutation NAME] [--debug]
 * [--json]`: random async
 * programs, run as they are and compiled; each must do the same in the same turns of the microtask queue. Exit code 1
 * and the smallest program where one does not. `--mutation` breaks the compiled code on purpose; `--debug` tracks
 * every task meanwhile.
 */
import { parseArgs } from 'node:util';
import { compile } from '../../../src/compiler/compile.js';
import { AsyncInstrumentation } from '../../../src/index.js';
import { compare } from './comparison.js';
import { MUTATIONS, type MutationName } from './mutations.js';
import { openPrograms, type Transform } from './run.js';

const { values } = parseArgs({
  options: {
    programs: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
    mutation: { type: 'string' },
    debug: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    failures: { type: 'string', default: '3' },
  },
});
const mutate =
  values.mutation === undefined ? (code: string) => code : MUTATIONS[values.mutation as MutationName];
const compiled: Transform = (source, file, format) => {
  const result = compile({ source, file, format, language: 'js' });
  return mutate('unchanged' in result ? source : result.code);
};

const instrumentation = values.debug
  ? new AsyncInstrumentation({
      debug: true,
      sites: 'compiled',
      watchdog: { enabled: false },
      errors: { enabled: false },
    })
  : undefined;
const programs = openPrograms();
const result = await compare(compiled, {
  firstSeed: Number(values.seed),
  programs: Number(values.programs),
  folder: programs.folder,
  mostFailures: Number(values.failures),
});
programs.close();
instrumentation?.disable();
if (values.json) console.log(JSON.stringify(result));
else {
  for (const { seed, source, bare, transformed } of result.failures) {
    const first = bare.findIndex((line, i) => line !== transformed[i]);
    const at = first < 0 ? bare.length : first;
    console.log(
      `seed ${seed} differs:\n${source}\nas it is  ${bare.slice(Math.max(0, at - 2), at + 3).join('\n          ')}`,
    );
    console.log(`compiled  ${transformed.slice(Math.max(0, at - 2), at + 3).join('\n          ')}\n`);
  }
  console.log(
    `programs ${result.programs}, not compiled ${result.unchanged}, lines compared ${result.lines}, different ${result.failures.length}`,
  );
}
process.exit(result.failures.length === 0 ? 0 : 1);
