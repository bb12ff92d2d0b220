/** How a terminal wants to be written to. Everything that renders takes one of these and is pure. */
export interface Look {
  /** Columns, 60 to 200. */
  width: number;
  color: boolean;
  /** Whether box drawing and blocks may be used. */
  unicode: boolean;
  /** Files below it are shown relative to it. */
  cwd: string;
}

const NARROWEST = 60;
const WIDEST = 200;

/** Obeys `NO_COLOR`, `FORCE_COLOR`, `TERM=dumb` and the locale; a pipe gets no colours. */
export function lookOf(
  stream: { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv,
  cwd: string,
): Look {
  const width = stream.columns ?? (Number(env.COLUMNS) || 120);
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return {
    width: Math.min(WIDEST, Math.max(NARROWEST, Math.floor(width))),
    color: wantsColor(stream.isTTY === true, env),
    // an empty locale is that of many containers, whose terminal outside speaks UTF-8
    unicode: env.TERM !== 'linux' && (locale === '' || /utf-?8/i.test(locale)),
    cwd,
  };
}

function wantsColor(terminal: boolean, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return terminal && env.TERM !== 'dumb';
}

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
} as const;

export type Ink = keyof typeof CODES;

export function paint(look: Look, ink: Ink | undefined, text: string): string {
  if (!look.color || ink === undefined || text === '') return text;
  const [on, off] = CODES[ink];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

const UNICODE = {
  busy: '█',
  idle: '░',
  span: '━',
  instant: '▏',
  branch: '├─ ',
  last: '└─ ',
  line: '│  ',
  blank: '   ',
  deep: '⋯ ',
  fail: '✖',
  times: '×',
  dot: '·',
  cut: '…',
  link: '↪',
  rule: '─',
};

const ASCII: typeof UNICODE = {
  busy: '#',
  idle: '.',
  span: '=',
  instant: '|',
  branch: '|- ',
  last: '`- ',
  line: '|  ',
  blank: '   ',
  deep: '~ ',
  fail: 'X',
  times: 'x',
  dot: '-',
  cut: '~',
  link: '>',
  rule: '-',
};

export type Glyphs = typeof UNICODE;

export function glyphs(look: Look): Glyphs {
  return look.unicode ? UNICODE : ASCII;
}
