/** The figures of a run over test262 in text. */
import type { Judged } from './pool.js';

export interface Totals {
  tests: number;
  compiled: number;
  same: number;
  different: Judged[];
  /** Different once and the same when run again. */
  unsteady: Judged[];
  hang: Judged[];
  passing: number;
  unchanged: Map<string, number>;
}

export function totalsOf(all: readonly Judged[], unsteady: readonly Judged[] = []): Totals {
  const told = all.filter(({ verdict }) => verdict !== undefined);
  const compiled = told.filter(({ verdict }) => verdict?.unchanged === undefined);
  const unchanged = new Map<string, number>();
  for (const { verdict } of told) {
    if (verdict?.unchanged !== undefined) {
      unchanged.set(verdict.unchanged, (unchanged.get(verdict.unchanged) ?? 0) + 1);
    }
  }
  const different = told.filter(({ verdict }) => (verdict?.different.length ?? 0) > 0);
  return {
    tests: all.length,
    compiled: compiled.length,
    same: told.length - different.length,
    different,
    unsteady: [...unsteady],
    hang: all.filter(({ verdict }) => verdict === undefined),
    passing: told.filter(({ verdict }) => verdict?.passes).length,
    unchanged,
  };
}

export function reportText(totals: Totals, left: number): string {
  const { tests, compiled, same, different, unsteady, hang, passing, unchanged } = totals;
  const named = (title: string, list: readonly Judged[]) =>
    list.map(({ test, verdict }) =>
      [
        `${title} ${test.file} (${test.mode})`,
        ...(verdict?.different ?? []).map((line) => `    ${line}`),
      ].join('\n'),
    );
  return [
    ...named('DIFFERENT', different),
    ...named('unsteady ', unsteady),
    ...named('no answer as it is ', hang),
    '',
    `tests run            ${tests} (a file in each of its modes; ${left} files left out: they need a shell)`,
    `pass as they are     ${passing}`,
    `compiled             ${compiled}`,
    ...[...unchanged].sort((a, b) => b[1] - a[1]).map(([why, n]) => `  not compiled       ${n}: ${why}`),
    `same                 ${same}`,
    `different            ${different.length}`,
    ...(unsteady.length > 0 ? [`different only once  ${unsteady.length}`] : []),
    ...(hang.length > 0 ? [`no answer as it is   ${hang.length}`] : []),
  ].join('\n');
}
