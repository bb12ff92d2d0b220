import type { Node } from './parse.js';
import type { Rewriter } from './rewriter.js';

/** What is assigned to, and what is taken apart. Says whether the node was such. */
export function visitPattern(rewriter: Rewriter, node: Node): boolean {
  switch (node.type) {
    case 'VariableDeclarator':
      visitDeclarator(rewriter, node);
      return true;
    case 'AssignmentExpression':
      visitAssignment(rewriter, node);
      return true;
    case 'AssignmentPattern':
      visitTarget(rewriter, node.left as Node);
      rewriter.hint(node.right as Node, node);
      if (isPattern(node.left as Node)) rewriter.showing(() => rewriter.visit(node.right as Node));
      else rewriter.visit(node.right as Node);
      return true;
    case 'UpdateExpression':
      visitTarget(rewriter, node.argument as Node);
      return true;
    case 'UnaryExpression':
      if (node.operator !== 'delete') return false;
      visitTarget(rewriter, node.argument as Node);
      return true;
    case 'ForInStatement':
      visitTarget(rewriter, node.left as Node);
      rewriter.visit(node.right as Node);
      rewriter.visit(node.body as Node);
      return true;
    case 'ForOfStatement':
      visitTarget(rewriter, node.left as Node);
      rewriter.showing(() => rewriter.visit(node.right as Node));
      rewriter.guarding(() => rewriter.visit(node.body as Node));
      return true;
    case 'ObjectPattern':
    case 'ArrayPattern':
    case 'RestElement':
      visitTarget(rewriter, node);
      return true;
    default:
      return false;
  }
}

export function isPattern(node: Node): boolean {
  return node.type === 'ObjectPattern' || node.type === 'ArrayPattern';
}

/** A mark becomes a declaration of its own where the text of the value might be shown. */
function visitDeclarator(rewriter: Rewriter, node: Node): void {
  const init = node.init as Node | null;
  visitTarget(rewriter, node.id as Node);
  if (!init) return;
  rewriter.hint(init, node);
  if (!isPattern(node.id as Node)) {
    rewriter.hidden(() => rewriter.visit(init));
    return;
  }
  const shown = rewriter.showing(() => rewriter.visit(init), true);
  const { names } = rewriter;
  if (shown.calls) rewriter.add(node.start, `${names.fresh()}=${rewriter.mark()},`);
  if (shown.waits) rewriter.add(node.end, `,${names.fresh()}=${rewriter.call('continue')})`);
}

function visitAssignment(rewriter: Rewriter, node: Node): void {
  const right = node.right as Node;
  const isStatement = node === rewriter.statement;
  visitTarget(rewriter, node.left as Node);
  rewriter.hint(right, node);
  if (!isPattern(node.left as Node)) {
    rewriter.visit(right);
    return;
  }
  const shown = rewriter.showing(() => rewriter.visit(right));
  // `[a] = await b` as a statement; anywhere else the next call or wait tells that the function goes on
  if (shown.waits && isStatement) rewriter.add(node.end, `,${rewriter.call('continue')})`);
}

/** Nothing may stand around a target itself, only around what it is a member of. */
export function visitTarget(rewriter: Rewriter, node: Node): void {
  switch (node.type) {
    case 'MemberExpression':
      rewriter.visit(node.object as Node);
      if (node.computed === true) rewriter.visit(node.property as Node);
      break;
    case 'OptionalMemberExpression':
      rewriter.within({ ...rewriter.context, marks: false }, () => rewriter.visit(node));
      break;
    case 'ArrayPattern':
      for (const element of node.elements as (Node | null)[]) if (element) visitTarget(rewriter, element);
      break;
    case 'ObjectPattern':
      for (const property of node.properties as Node[]) visitTarget(rewriter, property);
      break;
    case 'ObjectProperty':
      if (node.computed === true) rewriter.hidden(() => rewriter.visit(node.key as Node));
      visitTarget(rewriter, node.value as Node);
      break;
    case 'VariableDeclaration':
      rewriter.all(node.declarations as Node[]);
      break;
    case 'RestElement':
      visitTarget(rewriter, node.argument as Node);
      break;
    case 'TSParameterProperty':
      visitTarget(rewriter, node.parameter as Node);
      break;
    case 'TSNonNullExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSTypeAssertion':
      visitTarget(rewriter, node.expression as Node);
      break;
    case 'Identifier':
      break;
    default:
      rewriter.visit(node);
  }
}
