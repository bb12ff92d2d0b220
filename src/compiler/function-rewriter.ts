import { completes } from './completion.js';
import { nameOf } from './function-names.js';
import { isKept } from './kept-value.js';
import { bodyFactsOf } from './obstacles.js';
import type { Node } from './parse.js';
import { visitTarget } from './pattern-rewriter.js';
import type { FunctionContext, Rewriter } from './rewriter.js';
import { visitStatements } from './wait-rewriter.js';

/** A function of any kind. Parameters run before the body, where its task is not there yet. */
export function visitFunction(rewriter: Rewriter, node: Node): void {
  rewriter.all((node.decorators ?? []) as Node[]);
  if (node.computed === true) rewriter.visit(node.key as Node);
  const body = node.body as Node;
  const plain = { ...rewriter.plain(), strict: rewriter.context.strict || hasUseStrict(body) };
  rewriter.within(plain, () => {
    for (const parameter of node.params as Node[]) {
      rewriter.all((parameter.decorators ?? []) as Node[]);
      visitTarget(rewriter, parameter);
    }
    if (node.async === true) visitAsyncBody(rewriter, node, plain);
    else if (body.type === 'BlockStatement') rewriter.all(body.body as Node[]);
    else rewriter.visit(body);
  });
}

function visitAsyncBody(rewriter: Rewriter, node: Node, plain: FunctionContext): void {
  const body = node.body as Node;
  const facts = plain.opaque ? 'with' : bodyFactsOf(node, plain.strict);
  const isBlock = body.type === 'BlockStatement';
  if (typeof facts === 'string') {
    rewriter.skip(facts);
    if (isBlock) rewriter.all(body.body as Node[]);
    else rewriter.visit(body);
    return;
  }
  const context = { ...plain, task: true, generator: node.generator === true, facts };
  rewriter.within(context, () =>
    isBlock ? wrapBlock(rewriter, node, body) : wrapExpression(rewriter, node, body),
  );
}

function wrapBlock(rewriter: Rewriter, node: Node, body: Node): void {
  const directive = (body.directives as Node[]).at(-1);
  const separator = directive === undefined || rewriter.source[directive.end - 1] === ';' ? '' : ';';
  rewriter.add(directive?.end ?? body.start + 1, `${separator}${entering(rewriter, node)}`);
  visitStatements(rewriter, body);
  const ending = completes(body) ? `;${rewriter.call('return')})` : '';
  rewriter.add(body.end - 1, `${ending}${leaving(rewriter)}`);
}

/** `async x => y` becomes `async x => {…return y…}`; parentheses around `y` stay outside of what is looked at. */
function wrapExpression(rewriter: Rewriter, node: Node, body: Node): void {
  rewriter.add(
    behindArrow(rewriter, body),
    `{${entering(rewriter, node)}return ${rewriter.call('return', rewriter.wait(body))},`,
  );
  rewriter.visit(body);
  rewriter.add(node.end, `${isKept(body) ? ',1' : ''})${leaving(rewriter)}}`);
}

function entering(rewriter: Rewriter, node: Node): string {
  const { names, table } = rewriter;
  const { line, column } = node.loc.start;
  const index = table.addFunction(functionName(rewriter, node), line, column + 1);
  return `const ${names.task}=${names.call('enter')}(${names.definitions}+${index});try{`;
}

function leaving(rewriter: Rewriter): string {
  return `}finally{${rewriter.call('exit')})}`;
}

function functionName(rewriter: Rewriter, node: Node): string {
  const id = node.id as Node | null | undefined;
  if (id) return nameOf(id);
  return node.key === undefined ? (rewriter.hints.get(node) ?? '') : nameOf(node);
}

function hasUseStrict(body: Node): boolean {
  const directives = (body.directives ?? []) as Node[];
  return directives.some((directive) => (directive.value as { value?: string }).value === 'use strict');
}

/** Where the text goes on after `=>`: back from the body, over parentheses, blanks and comments. */
function behindArrow({ source, comments }: Rewriter, body: Node): number {
  let at = body.start;
  while (at > 0) {
    const comment = commentEndingAt(comments, at);
    if (comment !== undefined) at = comment.start;
    else if (source[at - 1] === '>' && source[at - 2] === '=') return at;
    else at--;
  }
  throw new Error('an arrow without an arrow');
}

function commentEndingAt(comments: readonly { start: number; end: number }[], end: number) {
  let low = 0;
  let high = comments.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const comment = comments[middle] as { start: number; end: number };
    if (comment.end === end) return comment;
    if (comment.end < end) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}
