import { waitsUnseen } from './class-head.js';
import { forEachChild, isFunction, type Node } from './parse.js';

/** Where text can be put that runs when a block is left, before its resources are disposed of. */
export interface DisposalBlock {
  /** Behind the last `await using` of the block. */
  from: number;
  declaration: Node;
}

export interface BodyFacts {
  disposals: Map<Node, DisposalBlock>;
}

/**
 * Whether the body of an async function can be put into a `try` block without a difference that a program can see.
 * A string says why not.
 */
export function bodyFactsOf(func: Node, strict: boolean): BodyFacts | string {
  const body = func.body as Node;
  if (body.type !== 'BlockStatement') return scan(body, strict, new Set());
  const statements = body.body as Node[];
  const declared = new Set<string>();
  for (const statement of statements) {
    if (statement.type === 'LabeledStatement' && isFunction(innermost(statement))) return 'labelled function';
    if (statement.type !== 'FunctionDeclaration') continue;
    const { name } = statement.id as Node & { name: string };
    // two functions of one name may stand in a function, and not in a block
    if (declared.has(name)) return 'function declared twice';
    declared.add(name);
  }
  if (declared.size > 0) {
    const parameters = new Set<string>(['arguments']);
    for (const parameter of func.params as Node[]) collectNames(parameter, parameters);
    if ([...declared].some((name) => parameters.has(name))) return 'function named as a parameter';
  }
  return scan(body, strict, declared);
}

function scan(body: Node, strict: boolean, declared: ReadonlySet<string>): BodyFacts | string {
  const disposals = new Map<Node, DisposalBlock>();
  let obstacle: string | undefined;
  const visit = (node: Node, parent: Node): void => {
    if (obstacle !== undefined) return;
    obstacle = obstacleIn(node, strict, declared, parent, parent !== body) ?? disposalIn(node, disposals);
    if (isFunction(node)) return;
    forEachChild(node, (child) => visit(child, node));
  };
  visit(body, body);
  return obstacle ?? { disposals };
}

function obstacleIn(
  node: Node,
  strict: boolean,
  declared: ReadonlySet<string>,
  parent: Node,
  nested: boolean,
): string | undefined {
  switch (node.type) {
    case 'WithStatement':
      return 'with';
    case 'CallExpression':
      if (strict || declared.size === 0) return undefined;
      // it may declare a variable of the same name, which a block forbids
      return (node.callee as { name?: string }).name === 'eval' ? 'eval beside functions' : undefined;
    case 'VariableDeclaration': {
      if (node.kind !== 'var' || declared.size === 0) return undefined;
      const names = new Set<string>();
      for (const declarator of node.declarations as Node[]) collectNames(declarator.id as Node, names);
      return [...names].some((name) => declared.has(name)) ? 'variable named as a function' : undefined;
    }
    case 'FunctionDeclaration':
      // outside strict mode it would be the variable of the function around, too
      if (strict || !nested || !declared.has((node.id as { name?: string } | null)?.name ?? ''))
        return undefined;
      return 'function declared in a block, too';
    case 'ClassDeclaration':
    case 'ClassExpression':
      return node.superClass && waitsUnseen(node.superClass as Node)
        ? 'await in the head of a class'
        : undefined;
    case 'YieldExpression':
      return node.delegate === true && !takesAnything(parent) ? 'yield* in an expression' : undefined;
    case 'ForOfStatement':
      return isAwaitUsing(node.left as Node) ? 'await using in the head of a loop' : undefined;
    default:
      return undefined;
  }
}

/** Whether what is given to this node may be any expression, without a text of it in a message. */
function takesAnything(node: Node): boolean {
  switch (node.type) {
    case 'ExpressionStatement':
    case 'ReturnStatement':
      return true;
    case 'VariableDeclarator':
      return (node.id as Node).type === 'Identifier';
    case 'AssignmentExpression':
      return (node.left as Node).type === 'Identifier';
    default:
      return false;
  }
}

/** What stands behind the last `await using` of a block gets a block of its own: it must hold all that it declares. */
function disposalIn(node: Node, disposals: Map<Node, DisposalBlock>): string | undefined {
  if (node.type === 'SwitchCase') {
    return (node.consequent as Node[]).some(isAwaitUsing) ? 'await using in a switch' : undefined;
  }
  if (node.type !== 'BlockStatement') return undefined;
  const statements = node.body as Node[];
  const last = statements.findLastIndex(isAwaitUsing);
  if (last < 0) return undefined;
  const firstOne = statements.findIndex(isAwaitUsing);
  // what throws there is followed by a wait that nothing tells of
  if (!statements.slice(firstOne, last).every(isAwaitUsing)) return 'statements between await usings';
  const inner = new Set<string>();
  for (const statement of statements.slice(last + 1)) {
    if (innermost(statement).type === 'FunctionDeclaration') return 'function behind await using';
    if (statement.type === 'ClassDeclaration') collectNames(statement.id as Node, inner);
    if (statement.type !== 'VariableDeclaration' || statement.kind === 'var') continue;
    for (const declarator of statement.declarations as Node[]) collectNames(declarator.id as Node, inner);
  }
  if (statements.slice(0, last + 1).some((statement) => mentions(statement, inner))) {
    return 'await using before what it mentions';
  }
  const declaration = statements[last] as Node;
  disposals.set(node, { from: declaration.end, declaration });
  return undefined;
}

export function isAwaitUsing(node: Node): boolean {
  return node.type === 'VariableDeclaration' && node.kind === 'await using';
}

function mentions(node: Node, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  if (node.type === 'Identifier' && names.has(node.name as string)) return true;
  let found = false;
  forEachChild(node, (child) => {
    found ||= mentions(child, names);
  });
  return found;
}

function innermost(statement: Node): Node {
  let at = statement;
  while (at.type === 'LabeledStatement') at = at.body as Node;
  return at;
}

/** Every name that a pattern binds, and some that it only mentions. */
function collectNames(pattern: Node, names: Set<string>): void {
  if (pattern.type === 'Identifier') names.add(pattern.name as string);
  forEachChild(pattern, (child) => collectNames(child, names));
}
