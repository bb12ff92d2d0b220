import { forEachChild, type Node } from './parse.js';

/**
 * Whether the end of a statement can be reached, as far as its own words tell: what stands behind an end that is not
 * reached would count as code that no test covers.
 */
export function completes(statement: Node): boolean {
  switch (statement.type) {
    case 'ReturnStatement':
    case 'ThrowStatement':
      return false;
    case 'BlockStatement':
      return (statement.body as Node[]).every(completes);
    case 'IfStatement': {
      const alternate = statement.alternate as Node | null;
      return !alternate || completes(statement.consequent as Node) || completes(alternate);
    }
    case 'TryStatement': {
      const { block, handler, finalizer } = statement as unknown as Record<string, Node | null>;
      if (finalizer && !completes(finalizer)) return false;
      return completes(block as Node) || (!!handler && completes(handler.body as Node));
    }
    case 'WhileStatement':
      return !isTrue(statement.test as Node) || mayBreak(statement.body as Node);
    case 'ForStatement':
      return !!statement.test || mayBreak(statement.body as Node);
    default:
      return true;
  }
}

function isTrue(test: Node): boolean {
  return (test.type === 'BooleanLiteral' || test.type === 'NumericLiteral') && Boolean(test.value);
}

function mayBreak(node: Node): boolean {
  if (node.type === 'BreakStatement') return true;
  let found = false;
  forEachChild(node, (child) => {
    found ||= mayBreak(child);
  });
  return found;
}
