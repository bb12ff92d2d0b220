import { isLink, visitChain } from './call-rewriter.js';
import { isReadByInspect } from './class-head.js';
import { nameOf } from './function-names.js';
import { visitFunction } from './function-rewriter.js';
import { Insertions } from './insertions.js';
import { type Call, Names } from './names.js';
import type { BodyFacts } from './obstacles.js';
import { forEachChild, isFunction, type Node } from './parse.js';
import { visitPattern } from './pattern-rewriter.js';
import { TableBuilder } from './table.js';
import { visitWait } from './wait-rewriter.js';

/** The function whose code is being looked at. */
export interface FunctionContext {
  /** Its task is at hand: an async function that was not left alone. */
  task: boolean;
  generator: boolean;
  strict: boolean;
  /** Whether calls are marked. At the top level of a module they run once, and lexers of CommonJS read it. */
  marks: boolean;
  facts: BodyFacts | undefined;
  /** Where a `return` has still to pass a `finally`, an iterator or a resource that may fail. */
  guarded: boolean;
  /** Inside a `with`, whose object might hold any name, ours too: nothing is inserted. */
  opaque: boolean;
}

/**
 * V8 shows the text of an expression in a message, where its value cannot be called, iterated or taken apart. Such
 * text must not change, so that marks stand elsewhere.
 */
export interface Shown {
  /** A mark can stand before all of it, as a declaration of its own. */
  before: boolean;
  /** Has waits, after which something has to say that the function goes on. */
  waits: boolean;
  /** Has calls, and a mark is wanted before. */
  calls: boolean;
}

/** Walks the tree and notes what to insert. The walk follows the text, so that what it notes first stands first. */
export class Rewriter {
  readonly insertions = new Insertions();
  readonly table = new TableBuilder();
  readonly names: Names;
  readonly skipped: Record<string, number> = {};
  readonly hints = new Map<Node, string>();
  context: FunctionContext;
  shown: Shown | undefined;
  /** In the expression that a `for await` or `yield*` iterates. */
  head = false;
  /** The expression that is the innermost statement: a parenthesis put before it could continue the one before. */
  statement: Node | undefined;

  constructor(
    readonly source: string,
    readonly comments: readonly { start: number; end: number }[],
    strict: boolean,
  ) {
    this.names = Names.for(source);
    this.context = {
      task: false,
      generator: false,
      strict,
      marks: false,
      facts: undefined,
      guarded: false,
      opaque: false,
    };
  }

  visit(node: Node): void {
    if (isFunction(node)) visitFunction(this, node);
    else if (isLink(node)) visitChain(this, node);
    else if (!visitWait(this, node) && !visitPattern(this, node)) this.#visitOther(node);
  }

  #visitOther(node: Node): void {
    switch (node.type) {
      case 'ExpressionStatement':
        this.statement = node.expression as Node;
        break;
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.within({ ...this.context, strict: true }, () => this.#class(node));
        return;
      case 'ClassProperty':
      case 'ClassPrivateProperty':
      case 'ClassAccessorProperty':
        this.#property(node);
        return;
      case 'StaticBlock':
        this.within(this.plain(), () => this.children(node));
        return;
      case 'Decorator':
        this.within({ ...this.context, marks: false }, () => this.children(node));
        return;
      case 'WithStatement':
        this.visit(node.object as Node);
        this.within({ ...this.plain(), marks: false, opaque: true }, () => this.visit(node.body as Node));
        return;
      case 'SpreadElement':
        this.showing(() => this.children(node));
        return;
      case 'ObjectProperty':
        this.hint(node.value as Node, node);
        break;
    }
    if (!isType(node)) this.children(node);
  }

  children(node: Node): void {
    forEachChild(node, (child) => this.visit(child));
  }

  all(nodes: readonly (Node | null | undefined)[]): void {
    for (const node of nodes) if (node) this.visit(node);
  }

  #class(node: Node): void {
    forEachChild(node, (child, key) => {
      if (key !== 'superClass' || !isReadByInspect(child, this.source)) this.visit(child);
    });
  }

  /** An initialiser runs as a function of its own; a computed name does not. */
  #property(node: Node): void {
    this.all((node.decorators ?? []) as Node[]);
    if (node.computed === true) this.visit(node.key as Node);
    const value = node.value as Node | null;
    if (value === null) return;
    this.hint(value, node);
    this.within(this.plain(), () => this.visit(value));
  }

  /** A function that is not async, in the mode of where we are. */
  plain(): FunctionContext {
    const { strict, opaque } = this.context;
    return {
      task: false,
      generator: false,
      strict,
      marks: !opaque,
      facts: undefined,
      guarded: false,
      opaque,
    };
  }

  within(context: FunctionContext, action: () => void): void {
    const { context: outer, shown, head } = this;
    this.context = context;
    this.shown = undefined;
    if (context.task !== outer.task || context.facts !== outer.facts) this.head = false;
    action();
    this.context = outer;
    this.shown = shown;
    this.head = head;
  }

  /** Visits what V8 may show in a message. */
  showing(action: () => void, before = false): Shown {
    const outer = this.shown;
    const shown = { before, waits: false, calls: false };
    this.shown = shown;
    action();
    this.shown = outer;
    return shown;
  }

  /** Visits what no message shows, such as arguments. */
  hidden(action: () => void): void {
    const outer = this.shown;
    this.shown = undefined;
    action();
    this.shown = outer;
  }

  /** The name that a function gets from where it stands. */
  hint(value: Node | null | undefined, named: Node): void {
    if (value && isFunction(value)) this.hints.set(value, nameOf(named));
  }

  add(at: number, text: string): void {
    this.insertions.add(at, text);
  }

  skip(reason: string): void {
    this.skipped[reason] = (this.skipped[reason] ?? 0) + 1;
  }

  /** The text of a call with the task. */
  call(name: Call, ...rest: string[]): string {
    return `${this.names.call(name)}(${[this.names.task, ...rest].join(',')}`;
  }

  /** Says, where it is evaluated, that a call comes next. */
  mark(): string {
    const site = `${this.names.sites}+${this.table.addCall()}`;
    if (!this.context.task) return `${this.names.state}.c=${site}`;
    return `${this.call(this.head ? 'head' : 'mark', site)})`;
  }

  /** The number of a place that waits. */
  wait(node: Node): string {
    const { line, column } = node.loc.start;
    return `${this.names.sites}+${this.table.addWait(line, column + 1)}`;
  }

  /** Visits what a `return` inside of it has to get out of. */
  guarding(action: () => void): void {
    const { guarded } = this.context;
    this.context.guarded = true;
    action();
    this.context.guarded = guarded;
  }
}

function isType(node: Node): boolean {
  if (!node.type.startsWith('TS')) return false;
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSTypeAssertion':
    case 'TSInstantiationExpression':
    case 'TSExportAssignment':
    case 'TSModuleDeclaration':
    case 'TSModuleBlock':
    case 'TSParameterProperty':
      return false;
    default:
      return true;
  }
}
