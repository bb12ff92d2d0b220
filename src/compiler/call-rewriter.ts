import type { Node } from './parse.js';
import { isReExport } from './re-exports.js';
import type { Rewriter } from './rewriter.js';

/** Their functions call nobody back later, and what they call back at once is marked itself. */
const PLAIN_NAMESPACES: ReadonlySet<string> = new Set(
  'Math JSON Object Number String Symbol Reflect BigInt Boolean Date Buffer console process'.split(' '),
);
const PLAIN_FUNCTIONS: ReadonlySet<string> = new Set(
  'require parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent Number String Boolean BigInt Symbol Error TypeError RangeError'.split(
    ' ',
  ),
);

/** `a.b(c)?.d.e(f)`: members and calls that hang from each other. One mark stands before all of it. */
export function visitChain(rewriter: Rewriter, top: Node): void {
  const { context, shown, source, statement } = rewriter;
  if (isReExport(top, source)) return;
  const markable = context.marks && hasMarkableCall(top);
  if (!markable || shown !== undefined) {
    // where its text may be shown, a mark stands before the whole declaration, or among the arguments
    const among = markable && shown?.before !== true;
    if (markable && shown?.before === true) shown.calls = true;
    visitLink(rewriter, top, among, false);
    return;
  }
  if (top.start === statement?.start && !isParenthesized(statement)) {
    rewriter.add(top.start, `${rewriter.mark()},`);
    visitLink(rewriter, top, false, false);
    return;
  }
  rewriter.add(top.start, `(${rewriter.mark()},`);
  visitLink(rewriter, top, false, false);
  rewriter.add(top.end, ')');
}

function isParenthesized(node: Node): boolean {
  return node.extra?.parenthesized === true;
}

function hasMarkableCall(top: Node): boolean {
  for (let at: Node | undefined = top; at !== undefined; at = insideOf(at)) {
    switch (at.type) {
      case 'NewExpression':
      case 'TaggedTemplateExpression':
        return true;
      case 'CallExpression':
      case 'OptionalCallExpression':
        if (!isPlain(at.callee as Node)) return true;
    }
  }
  return false;
}

/** Whether something may hang from this node in one chain with it. */
export function isLink(node: Node): boolean {
  return node.type === 'NewExpression' || insideOf(node) !== undefined;
}

/** The link that this one hangs from. */
function insideOf(link: Node): Node | undefined {
  switch (link.type) {
    case 'CallExpression':
    case 'OptionalCallExpression':
      return link.callee as Node;
    case 'MemberExpression':
    case 'OptionalMemberExpression':
      return link.object as Node;
    case 'TaggedTemplateExpression':
      return link.tag as Node;
    case 'TSNonNullExpression':
      return link.expression as Node;
    default:
      return undefined;
  }
}

function isPlain(callee: Node): boolean {
  if (callee.type === 'Import') return true;
  if (callee.type === 'Identifier') return PLAIN_FUNCTIONS.has(callee.name as string);
  if (callee.type !== 'MemberExpression') return false;
  const object = callee.object as Node;
  const { name } = callee.property as { name?: string };
  if (name === 'hasOwnProperty') return true;
  // `hasOwnProperty.call(…)`
  if (name === 'call' && object.type === 'MemberExpression') return isPlain(object);
  return object.type === 'Identifier' && PLAIN_NAMESPACES.has(object.name as string);
}

/** `called`: a call hangs from this link, so that its text may be shown. Says whether an await hangs unnoticed in it. */
function visitLink(rewriter: Rewriter, link: Node, mark: boolean, called: boolean): boolean {
  switch (link.type) {
    case 'CallExpression':
    case 'OptionalCallExpression':
      return visitCall(rewriter, link, link.callee as Node, mark);
    case 'NewExpression': {
      const shown = rewriter.showing(() => rewriter.visit(link.callee as Node));
      return visitArguments(rewriter, link, mark, shown.waits);
    }
    case 'MemberExpression':
    case 'OptionalMemberExpression': {
      const waits = visitLink(rewriter, link.object as Node, mark, called);
      if (link.computed !== true) return waits;
      if (called) return rewriter.showing(() => rewriter.visit(link.property as Node)).waits || waits;
      rewriter.visit(link.property as Node);
      return waits;
    }
    case 'TaggedTemplateExpression': {
      const waits = visitLink(rewriter, link.tag as Node, mark, true);
      rewriter.hidden(() => rewriter.visit(link.quasi as Node));
      return waits;
    }
    case 'TSNonNullExpression':
      return visitLink(rewriter, link.expression as Node, mark, called);
    default: {
      if (!called) {
        rewriter.visit(link);
        return false;
      }
      return rewriter.showing(() => rewriter.visit(link)).waits;
    }
  }
}

function visitCall(rewriter: Rewriter, call: Node, callee: Node, mark: boolean): boolean {
  const waits = visitLink(rewriter, callee, mark, true);
  return visitArguments(rewriter, call, mark && !isPlain(callee), waits);
}

/**
 * What has to be said after the callee is known, and before it is called, stands before the first argument. Not before
 * a spread: one that is not the last has V8 call in another way, with other messages.
 */
function visitArguments(rewriter: Rewriter, call: Node, mark: boolean, waits: boolean): boolean {
  const [first, ...others] = (call.arguments ?? []) as Node[];
  const { task } = rewriter.context;
  const goOn = waits && task && !rewriter.head;
  const spreads = first?.type === 'SpreadElement';
  rewriter.hidden(() => {
    if (first === undefined) {
      if (goOn && hasArgumentList(rewriter, call))
        rewriter.add(call.end - 1, `...${rewriter.call('nothing')})`);
    } else {
      const said = spreads
        ? []
        : [...(goOn ? [`${rewriter.call('continue')})`] : []), ...(mark ? [rewriter.mark()] : [])];
      if (said.length > 0) rewriter.add(first.start, `(${said.join(',')},`);
      rewriter.visit(first);
      if (said.length > 0) rewriter.add(first.end, ')');
    }
    rewriter.all(others);
  });
  return spreads && waits;
}

/** `new (await x)` ends in a parenthesis too. */
function hasArgumentList({ source }: Rewriter, call: Node): boolean {
  const behind = source.slice((call.callee as Node).end, call.end);
  return behind.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '').includes('(');
}
