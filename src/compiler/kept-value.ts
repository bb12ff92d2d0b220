import type { Node } from './parse.js';

/** Whether an expression may give what was there before, and not what a call has just made: see `names.ts`. */
export function isKept(node: Node): boolean {
  const { left, right, consequent, alternate, expressions, expression } = node as unknown as Record<
    string,
    Node
  >;
  switch (node.type) {
    case 'Identifier':
    case 'MemberExpression':
    case 'OptionalMemberExpression':
      return true;
    case 'AssignmentExpression':
      // `a ??= b()` may give what `a` was
      return node.operator !== '=' || isKept(right as Node);
    case 'LogicalExpression':
      return isKept(left as Node) || isKept(right as Node);
    case 'ConditionalExpression':
      return isKept(consequent as Node) || isKept(alternate as Node);
    case 'SequenceExpression':
      return isKept((expressions as unknown as Node[]).at(-1) as Node);
    case 'TSNonNullExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSTypeAssertion':
      return isKept(expression as Node);
    default:
      return false;
  }
}
