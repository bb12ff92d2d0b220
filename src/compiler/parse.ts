import type { CompileInput } from './compile.js';
import type { Libraries } from './libraries.js';

/** A node of the syntax tree, as far as we look at it. */
export interface Node {
  type: string;
  start: number;
  end: number;
  loc: { start: { line: number; column: number } };
  extra?: { parenthesized?: boolean };
  [key: string]: unknown;
}

const PLUGINS = [
  'decorators',
  'decoratorAutoAccessors',
  'explicitResourceManagement',
  'deferredImportEvaluation',
  'sourcePhaseImports',
];

export interface SyntaxTree {
  program: Node;
  comments: readonly { start: number; end: number }[];
}

/** Parses as Node does. Throws a `SyntaxError`. */
export function parse(
  { parser }: Libraries,
  source: string,
  { format, language }: Pick<CompileInput, 'format' | 'language'>,
): SyntaxTree {
  const plugins = [...PLUGINS];
  if (language.startsWith('ts')) plugins.push('typescript');
  if (language.endsWith('x')) plugins.push('jsx');
  return parser.parse(source, { sourceType: format, attachComment: false, plugins }) as SyntaxTree;
}

/** Calls back for each child node, mostly in the order of the text. */
export function forEachChild(node: Node, visit: (child: Node, key: string) => void): void {
  for (const key in node) {
    if (key === 'loc' || key === 'extra' || key === 'errors') continue;
    const value = node[key];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) visit(item, key);
    } else if (isNode(value)) {
      visit(value, key);
    }
  }
}

/** Functions of every kind, methods included; not the declarations without a body of TypeScript. */
export function isFunction(node: Node): boolean {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
    case 'ObjectMethod':
    case 'ClassMethod':
    case 'ClassPrivateMethod':
      return true;
    default:
      return false;
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}
