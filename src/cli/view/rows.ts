import type { Branch } from './tree.js';

/** A line of the waterfall before it is drawn. */
export interface Row {
  /** One entry a level: whether a further sibling follows there. */
  guides: boolean[];
  /** `undefined` stands for branches left out. */
  branch: Branch | undefined;
  omitted: number;
}

/**
 * At most about `limit` rows, in the order of the tree: failures and the longest first, each with its ancestors. What is
 * left out is counted at its place.
 */
export function rowsOf(roots: readonly Branch[], limit: number): Row[] {
  const kept = choose(roots, limit);
  const rows: Row[] = [];
  const waiting: Row[] = [];
  const open = (branches: readonly Branch[], guides: readonly boolean[]) => {
    const shown = branches.filter((branch) => kept.has(branch));
    const omitted = branches.length - shown.length;
    const level: Row[] = shown.map((branch, index) => ({
      guides: [...guides, index < shown.length - 1 || omitted > 0],
      branch,
      omitted: 0,
    }));
    if (omitted > 0) level.push({ guides: [...guides, false], branch: undefined, omitted });
    waiting.push(...level.reverse());
  };
  open(roots, []);
  for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
    rows.push(row);
    if (row.branch !== undefined) open(row.branch.children, row.guides);
  }
  return rows;
}

function choose(roots: readonly Branch[], limit: number): Set<Branch> {
  const parents = new Map<Branch, Branch | undefined>(roots.map((root) => [root, undefined]));
  for (const [branch] of parents) for (const child of branch.children) parents.set(child, branch);
  if (parents.size <= limit) return new Set(parents.keys());
  const ranked = [...parents.keys()].sort((a, b) => weight(b) - weight(a));
  const kept = new Set<Branch>();
  for (const branch of ranked) {
    if (kept.size >= limit) break;
    for (let one: Branch | undefined = branch; one !== undefined && !kept.has(one); one = parents.get(one)) {
      kept.add(one);
    }
  }
  return kept;
}

function weight(branch: Branch): number {
  let longest = 0;
  for (const span of branch.spans) {
    if (span.failed) return Infinity;
    longest = Math.max(longest, Number(span.end - span.start));
  }
  return longest;
}
