import type { CompileInput } from './compile.js';
import { CALLS, type Call, type Names, RUNTIME_SLOT } from './names.js';
import type { Node } from './parse.js';
import type { TableBuilder } from './table.js';

/** Calls that give back their last argument. The others give nothing. */
const PASSING: Partial<Record<Call, string>> = {
  await: 't,s,v',
  resume: 't,v',
  yield: 't,s,v',
  return: 't,s,v',
  returnMaybe: 't,s,v',
  returnAwait: 't,s,v',
};

/** Iterable, iterator and result in one: of an array, what the program made of its iterator would run. */
function nothing(name: string): string {
  const empty = '{__proto__:null,done:true,next(){return this},[Symbol.iterator](){return this}}';
  return `function ${name}(){return ${name}.o??=${empty}}`;
}

/** What a compiled module starts with: it tells the runtime of itself, at once or as soon as there is one. */
export function preamble(
  names: Names,
  table: TableBuilder,
  { file, original }: Pick<CompileInput, 'file' | 'original'>,
): string {
  const calls = Object.keys(CALLS) as Call[];
  const declared = calls.map((call) => {
    const parameters = PASSING[call];
    if (call === 'nothing') return nothing(names.call(call));
    return parameters === undefined
      ? `function ${names.call(call)}(){}`
      : `function ${names.call(call)}(${parameters}){return v}`;
  });
  const assigned = calls.map((call) => `${names.call(call)}=r.${CALLS[call]}`);
  const told = table.finish(file, original);
  const facts = [JSON.stringify(told.file), JSON.stringify(told.text), table.functions, table.sites];
  const { state, sites, definitions } = names;
  return [
    `var ${sites}=0,${definitions}=0;function ${state}(){}${declared.join('')}`,
    `try{(globalThis[Symbol.for("${RUNTIME_SLOT}")]??=[]).push([${facts.join(',')},`,
    `(r,b,d)=>{${sites}=b;${definitions}=d;${state}=r.s;${assigned.join(';')}}])}catch{}`,
  ].join('');
}

/** Behind the directives, and else before the first statement: where the first line of code is. */
export function preamblePlace(program: Node, source: string): { at: number; before: string } | undefined {
  const directive = (program.directives as Node[]).at(-1);
  if (directive !== undefined) {
    return { at: directive.end, before: source[directive.end - 1] === ';' ? '' : ';' };
  }
  const first = (program.body as Node[])[0];
  return first && { at: startOf(first), before: '' };
}

/** Decorators stand before what they decorate, also before its `export`. */
function startOf(statement: Node): number {
  const declaration = statement.declaration as Node | undefined;
  const decorators = [
    ...((statement.decorators ?? []) as Node[]),
    ...((declaration?.decorators ?? []) as Node[]),
  ];
  return Math.min(statement.start, ...decorators.map(({ start }) => start));
}
