import { isKept } from './kept-value.js';
import { type DisposalBlock, isAwaitUsing } from './obstacles.js';
import type { Node } from './parse.js';
import { visitTarget } from './pattern-rewriter.js';
import type { Rewriter } from './rewriter.js';

/** Everything by which an async function waits, goes on or returns. Says whether the node was such. */
export function visitWait(rewriter: Rewriter, node: Node): boolean {
  const { context } = rewriter;
  if (!context.task) return false;
  switch (node.type) {
    case 'AwaitExpression':
      visitAwait(rewriter, node);
      return true;
    case 'YieldExpression':
      if (node.delegate === true) visitDelegation(rewriter, node);
      else visitYield(rewriter, node);
      return true;
    case 'ReturnStatement':
      visitReturn(rewriter, node);
      return true;
    case 'TryStatement':
      visitTry(rewriter, node);
      return true;
    case 'LabeledStatement':
    case 'ForOfStatement': {
      const loop = loopOf(node);
      if (loop === undefined) return false;
      visitForAwait(rewriter, node, loop);
      return true;
    }
    case 'BlockStatement':
      if (context.facts?.disposals.has(node) !== true) return false;
      visitStatements(rewriter, node);
      return true;
    default:
      return false;
  }
}

/** Where the text of the value may be shown nothing stands around it: whoever shows it says that the function goes on. */
function visitAwait(rewriter: Rewriter, node: Node): void {
  const { shown, head } = rewriter;
  const around = shown === undefined && !head;
  if (shown !== undefined) shown.waits = true;
  if (around) rewriter.add(node.start, `${rewriter.call('resume')},`);
  rewriter.add(node.start + 'await'.length, `${rewriter.call('await', rewriter.wait(node))},`);
  rewriter.hidden(() => rewriter.visit(node.argument as Node));
  rewriter.add(node.end, around ? '))' : ')');
}

function visitYield(rewriter: Rewriter, node: Node): void {
  const { shown, head } = rewriter;
  const argument = node.argument as Node | null;
  const around = shown === undefined && !head;
  if (shown !== undefined) shown.waits = true;
  if (around) rewriter.add(node.start, `${rewriter.call('resume')},`);
  rewriter.add(
    node.start + 'yield'.length,
    ` ${rewriter.call('yield', rewriter.wait(node))}${argument ? ',' : ''}`,
  );
  if (argument) rewriter.hidden(() => rewriter.visit(argument));
  rewriter.add(node.end, around ? '))' : ')');
}

function visitDelegation(rewriter: Rewriter, node: Node): void {
  const { head } = rewriter;
  rewriter.add(node.start, `${rewriter.call('resume')},(${rewriter.call('hand', rewriter.wait(node))}),`);
  rewriter.head = true;
  rewriter.showing(() => rewriter.visit(node.argument as Node));
  rewriter.head = head;
  rewriter.add(node.end, '))');
}

function visitReturn(rewriter: Rewriter, node: Node): void {
  const { context } = rewriter;
  const argument = node.argument as Node | null;
  if (argument === null) {
    // `return undefined` waits in a generator, `return` does not
    rewriter.add(node.start, `{${rewriter.call('return')});`);
    rewriter.add(node.end, '}');
    return;
  }
  const ending = context.guarded ? 'returnMaybe' : 'return';
  const kept = !context.generator && isKept(argument) ? ',1' : '';
  const call = rewriter.call(context.generator ? 'returnAwait' : ending, rewriter.wait(node));
  // `return a, b` returns one value: as an argument it needs brackets of its own
  const [open, close] = argument.type === 'SequenceExpression' ? ['(', ')'] : ['', ''];
  rewriter.add(node.start + 'return'.length, ` ${call},${open}`);
  rewriter.visit(argument);
  const end = rewriter.source[node.end - 1] === ';' ? node.end - 1 : node.end;
  rewriter.add(end, `${close}${kept})`);
}

function visitTry(rewriter: Rewriter, node: Node): void {
  const goOn = `${rewriter.call('continue')});`;
  const handler = node.handler as Node | null;
  const finalizer = node.finalizer as Node | null;
  const parts = () => {
    rewriter.visit(node.block as Node);
    if (!handler) return;
    if (handler.param) visitTarget(rewriter, handler.param as Node);
    rewriter.add((handler.body as Node).start + 1, goOn);
    rewriter.visit(handler.body as Node);
  };
  if (finalizer) rewriter.guarding(parts);
  else parts();
  if (finalizer) {
    rewriter.add(finalizer.start + 1, goOn);
    rewriter.visit(finalizer);
  }
}

/** The `for await` that this statement is, behind its labels. */
function loopOf(node: Node): Node | undefined {
  let at = node;
  while (at.type === 'LabeledStatement') at = at.body as Node;
  return at.type === 'ForOfStatement' && at.await === true ? at : undefined;
}

/**
 * The iterator's code runs, and then the function waits, before each turn and when the loop is left: by `break`,
 * `return`, `continue` or a throw alike.
 */
function visitForAwait(rewriter: Rewriter, statement: Node, loop: Node): void {
  const { head } = rewriter;
  const goOn = `${rewriter.call('continue')});`;
  const handOver = `${rewriter.call('hand', rewriter.wait(loop))})`;
  rewriter.add(statement.start, `{${handOver};`);
  visitTarget(rewriter, loop.left as Node);
  rewriter.head = true;
  rewriter.showing(() => rewriter.visit(loop.right as Node));
  rewriter.head = head;
  const body = loop.body as Node;
  const isBlock = body.type === 'BlockStatement';
  rewriter.add(isBlock ? body.start + 1 : body.start, `${isBlock ? '' : '{'}${goOn}try{`);
  rewriter.guarding(() => rewriter.visit(body));
  rewriter.add(isBlock ? body.end - 1 : body.end, `}finally{${handOver}}${isBlock ? '' : '}'}`);
  rewriter.add(statement.end, `${goOn}}`);
}

/** The statements of a block or body. Its resources are disposed of, and waited for, however it is left. */
export function visitStatements(rewriter: Rewriter, block: Node): void {
  const disposal = rewriter.context.facts?.disposals.get(block);
  const statements = block.body as Node[];
  if (disposal === undefined) {
    rewriter.all(statements);
    return;
  }
  const first = statements.find(isAwaitUsing) as Node;
  const handOver = `${rewriter.call('hand', rewriter.wait(first))})`;
  rewriter.guarding(() => visitResources(rewriter, statements, disposal, handOver));
  rewriter.add(block.end - 1, `}finally{${handOver}}`);
}

function visitResources(
  rewriter: Rewriter,
  statements: readonly Node[],
  disposal: DisposalBlock,
  handOver: string,
): void {
  const first = statements.find(isAwaitUsing);
  for (const statement of statements) {
    const later = isAwaitUsing(statement) && statement !== first;
    if (later) visitLaterResource(rewriter, statement, handOver);
    else rewriter.visit(statement);
    if (statement !== disposal.declaration) continue;
    rewriter.add(disposal.from, `${endOf(rewriter, statement)}try{`);
  }
}

/** Should its initialiser throw, the earlier ones are disposed of at once. */
function visitLaterResource(rewriter: Rewriter, declaration: Node, handOver: string): void {
  const { head } = rewriter;
  rewriter.add(declaration.start, `${handOver};`);
  rewriter.head = true;
  rewriter.visit(declaration);
  rewriter.head = head;
  rewriter.add(declaration.end, `${endOf(rewriter, declaration)}${rewriter.call('continue')});`);
}

function endOf(rewriter: Rewriter, statement: Node): string {
  return rewriter.source[statement.end - 1] === ';' ? '' : ';';
}
