import type { ViewSpan } from './span.js';

/** One line of a waterfall: a span, or several alike. Children of all of them stand below it. */
export interface Branch {
  spans: ViewSpan[];
  children: Branch[];
}

/** Alike siblings from this number on share a line. */
const FOLD_FROM = 3;

/**
 * The trees of a trace, folded. Spans may come in any order, with parents missing, twice or in circles: each is
 * shown once.
 */
export function treesOf(spans: readonly ViewSpan[]): Branch[] {
  const byId = new Map<string, ViewSpan>();
  for (const span of spans) if (!byId.has(span.spanId)) byId.set(span.spanId, span);
  const unique = [...byId.values()].sort(byStart);
  const children = new Map<string, ViewSpan[]>();
  const roots: ViewSpan[] = [];
  for (const span of unique) {
    const parent = span.parentId;
    if (parent === undefined || parent === span.spanId || !byId.has(parent)) roots.push(span);
    else if (!children.has(parent)) children.set(parent, [span]);
    else children.get(parent)?.push(span);
  }
  openCircles(unique, roots, children);
  return fold(roots, children);
}

/** Spans that are their own ancestors hang nowhere: the earliest of each circle becomes a root. */
function openCircles(unique: ViewSpan[], roots: ViewSpan[], children: Map<string, ViewSpan[]>): void {
  const reached = new Set<ViewSpan>();
  const reach = (from: ViewSpan) => {
    const waiting = [from];
    for (let span = waiting.pop(); span !== undefined; span = waiting.pop()) {
      reached.add(span);
      const below = (children.get(span.spanId) ?? []).filter((child) => !reached.has(child));
      children.set(span.spanId, below);
      waiting.push(...below);
    }
  };
  for (const root of roots) reach(root);
  for (const span of unique) {
    if (reached.has(span)) continue;
    roots.push(span);
    reach(span);
  }
}

/** Without recursion: a thousand nested calls are a chain of a thousand. */
function fold(roots: readonly ViewSpan[], children: ReadonlyMap<string, ViewSpan[]>): Branch[] {
  const top = group(roots);
  const waiting = [...top];
  for (let branch = waiting.pop(); branch !== undefined; branch = waiting.pop()) {
    branch.children = group(branch.spans.flatMap((span) => children.get(span.spanId) ?? []));
    waiting.push(...branch.children);
  }
  return top;
}

function group(siblings: readonly ViewSpan[]): Branch[] {
  const alike = new Map<string, ViewSpan[]>();
  for (const span of siblings) {
    const { name, site, service, failure, failed, notes, task } = span;
    const key = JSON.stringify([name, site, service, failure ?? failed, notes, task?.outcome]);
    const others = alike.get(key);
    if (others === undefined) alike.set(key, [span]);
    else others.push(span);
  }
  const branches: Branch[] = [];
  for (const spans of alike.values()) {
    if (spans.length >= FOLD_FROM) branches.push({ spans, children: [] });
    else for (const span of spans) branches.push({ spans: [span], children: [] });
  }
  return branches.sort((a, b) => byStart(a.spans[0] as ViewSpan, b.spans[0] as ViewSpan));
}

function byStart(a: ViewSpan, b: ViewSpan): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  // of two that begin together the longer one is the outer one
  return a.end === b.end ? 0 : a.end > b.end ? -1 : 1;
}
