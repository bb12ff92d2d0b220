import { forEachChild, isFunction, type Node } from './parse.js';

/**
 * Whether nothing may be inserted into what a class extends. `util.inspect` reads the text of a class with a `toString`
 * of its own, and takes it for a function where a `(` stands before the first `{`.
 */
export function isReadByInspect(superClass: Node, source: string): boolean {
  if (isClass(superClass)) return false;
  const text = source.slice(superClass.start, superClass.end).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  return !superClass.extra?.parenthesized && !/^[^{]*\(/.test(text);
}

/** Whether a class waits in what it extends, and has no `(` there: nothing could tell of it. */
export function waitsUnseen(superClass: Node): boolean {
  let waits = false;
  let parentheses = false;
  const visit = (node: Node): void => {
    waits ||= node.type === 'AwaitExpression' || node.type === 'YieldExpression';
    parentheses ||= node.type === 'CallExpression' || node.extra?.parenthesized === true;
    if (!isFunction(node) && !isClass(node)) forEachChild(node, visit);
  };
  visit(superClass);
  return waits && !parentheses;
}

function isClass({ type }: Node): boolean {
  return type === 'ClassExpression' || type === 'ClassDeclaration';
}
