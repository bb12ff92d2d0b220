/** What a test of test262 says about itself, in the comment that begins with three dashes. */
export interface Frontmatter {
  flags: ReadonlySet<string>;
  includes: readonly string[];
  features: readonly string[];
  /** The error it must end with: `parse SyntaxError`. */
  negative?: { phase: string; type: string };
}

export function frontmatterOf(source: string): Frontmatter {
  const text = source.match(/\/\*---\r?\n?([\s\S]*?)---\*\//)?.[1] ?? '';
  const negative = text.match(/^negative:\s*\n((?:[ \t]+.*\n?)+)/m)?.[1];
  return {
    flags: new Set(list(text, 'flags')),
    includes: list(text, 'includes'),
    features: list(text, 'features'),
    ...(negative === undefined
      ? {}
      : { negative: { phase: word(negative, 'phase'), type: word(negative, 'type') } }),
  };
}

/** A list of YAML in either style: `[a, b]`, which may go over lines, or a line each. */
function list(text: string, key: string): string[] {
  const inline = text.match(new RegExp(`^${key}:\\s*\\[([^\\]]*)\\]`, 'm'))?.[1];
  if (inline !== undefined)
    return inline
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
  const block = text.match(new RegExp(`^${key}:\\s*\\n((?:\\s+-.*(?:\\n|$))+)`, 'm'))?.[1];
  return [...(block ?? '').matchAll(/-\s*(\S+)/g)].map(([, item]) => item as string);
}

function word(text: string, key: string): string {
  return text.match(new RegExp(`${key}:\\s*(\\S+)`))?.[1] ?? '';
}
