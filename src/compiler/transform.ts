import type { CompileInput, CompileResult } from './compile.js';
import { CLOSE, OPEN } from './insertions.js';
import type { Libraries } from './libraries.js';
import { forEachChild, type Node, type SyntaxTree } from './parse.js';
import { preamble, preamblePlace } from './preamble.js';
import { Rewriter } from './rewriter.js';

/** Without these the inserted code finds nothing. */
const NEEDED: ReadonlySet<string> = new Set(['globalThis', 'Symbol']);

/** Puts the runtime's calls into the text. */
export function transform(
  tools: Libraries,
  { program, comments }: SyntaxTree,
  input: CompileInput,
): CompileResult {
  const { source, file, format } = input;
  if (source.includes(OPEN) || source.includes(CLOSE)) return { unchanged: 'vertical tab or form feed' };
  const place = preamblePlace(program, source);
  if (place === undefined) return { unchanged: 'nothing to do' };
  if (declaresNeeded(program)) return { unchanged: 'declares globalThis or Symbol' };
  const rewriter = new Rewriter(source, comments, format === 'module' || isStrict(program));
  rewriter.children(program);
  const { insertions, table, names, skipped } = rewriter;
  if (!insertions.any) return { unchanged: 'nothing to do' };
  insertions.addFirst(place.at, place.before + preamble(names, table, input));
  return {
    ...insertions.apply(tools, source, file),
    functions: table.functions,
    awaits: table.waits,
    skipped,
  };
}

function isStrict(program: Node): boolean {
  return (program.directives as Node[]).some(
    ({ value }) => (value as { value?: string }).value === 'use strict',
  );
}

/** Any declaration of such a name anywhere: rare enough not to ask where it holds. */
function declaresNeeded(node: Node): boolean {
  let found = false;
  const visit = (at: Node) => {
    if (found) return;
    found = binds(at);
    forEachChild(at, visit);
  };
  visit(node);
  return found;
}

function binds(node: Node): boolean {
  switch (node.type) {
    case 'VariableDeclarator':
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      return isNeeded(node.id as Node | null);
    case 'ImportSpecifier':
    case 'ImportDefaultSpecifier':
    case 'ImportNamespaceSpecifier':
      return isNeeded(node.local as Node);
    default:
      return false;
  }
}

function isNeeded(id: Node | null): boolean {
  return id?.type === 'Identifier' && NEEDED.has(id.name as string);
}
