import type { Node } from './parse.js';

/**
 * `Object.keys(other).forEach(function (key) { if (key … ) … exports … })`, by which Babel and Rollup export what another
 * module does. Node's lexer of CommonJS knows these by their tokens: with one more, an import finds no such names.
 */
export function isReExport(call: Node, source: string): boolean {
  const [callback] = (call.arguments ?? []) as Node[];
  const keys = memberOf(call, 'forEach');
  if (callback === undefined || keys === undefined || memberOf(keys, 'keys') === undefined) return false;
  if (callback.type !== 'FunctionExpression' || (callback.params as Node[]).length !== 1) return false;
  const [first] = (callback.body as Node).body as Node[];
  return first?.type === 'IfStatement' && /\bexports\b/.test(source.slice(first.start, callback.end));
}

/** What a method of that name is called of. */
function memberOf(call: Node, method: string): Node | undefined {
  const callee = call.callee as Node | undefined;
  if (call.type !== 'CallExpression' || callee?.type !== 'MemberExpression') return undefined;
  const { object, property } = callee as unknown as { object: Node; property: Node };
  return property.name === method ? object : undefined;
}
