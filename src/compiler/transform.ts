import type { Compiled, CompileInput } from './compile.js';
import { Insertions } from './insertions.js';
import type { Libraries } from './libraries.js';
import { forEachChild, type Node } from './parse.js';

/** Puts the runtime's calls into the text. */
export function transform(
  tools: Libraries,
  tree: Node,
  { source, file }: CompileInput,
): Compiled | { unchanged: string } {
  const insertions = new Insertions();
  let functions = 0;
  const visit = (node: Node): void => {
    if (node.async === true && (node.body as Node | undefined)?.type === 'BlockStatement') functions++;
    forEachChild(node, visit);
  };
  visit(tree);
  if (functions === 0) return { unchanged: 'nothing to do' };
  return { ...insertions.apply(tools, source, file), functions, awaits: 0, skipped: {} };
}
