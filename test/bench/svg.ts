/** Line charts. */
export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

const [WIDTH, HEIGHT] = [640, 360];
const BOX = { left: 64, right: 16, top: 40, bottom: 48 };
const COLOURS = ['#4c78a8', '#e45756', '#54a24b', '#b279a2'];
const TICKS = 5;

/** An SVG that is read on light and dark grounds. */
export function lineChart(title: string, xLabel: string, yLabel: string, series: readonly Series[]): string {
  const all = series.flatMap(({ points }) => points);
  const most = [
    niceAbove(Math.max(...all.map(([x]) => x))),
    niceAbove(Math.max(...all.map(([, y]) => y))),
  ] as const;
  const left = (x: number) => BOX.left + (x / most[0]) * (WIDTH - BOX.left - BOX.right);
  const top = (y: number) => HEIGHT - BOX.bottom - (y / most[1]) * (HEIGHT - BOX.top - BOX.bottom);
  const at = (value: number) => value.toFixed(1);
  const text = (x: number, y: number, anchor: string, content: string) =>
    `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${content}</text>`;
  const ticks = Array.from({ length: TICKS + 1 }, (_, i) => i / TICKS).flatMap((share) => {
    const [x, y] = [most[0] * share, most[1] * share];
    return [
      `<line x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${at(top(y))}" y2="${at(top(y))}" class="grid"/>`,
      text(BOX.left - 6, top(y) + 4, 'end', y.toLocaleString('en')),
      text(left(x), HEIGHT - BOX.bottom + 16, 'middle', x.toLocaleString('en')),
    ];
  });
  const lines = series.flatMap(({ name, points }, index) => {
    const colour = COLOURS[index % COLOURS.length] as string;
    const path = points.map(([x, y]) => `${at(left(x))},${at(top(y))}`).join(' ');
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...points.map(([x, y]) => `<circle cx="${at(left(x))}" cy="${at(top(y))}" r="3" fill="${colour}"/>`),
      `<text x="${BOX.left + 10}" y="${BOX.top + 14 + index * 16}" style="fill:${colour}">${name}</text>`,
    ];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}">`,
    `<title>${title}</title>`,
    '<style>text{font:12px sans-serif;fill:#808080}.grid{stroke:#808080;stroke-opacity:.3}</style>',
    text(WIDTH / 2, 20, 'middle', title),
    ...ticks,
    ...lines,
    text(WIDTH / 2, HEIGHT - 10, 'middle', xLabel),
    text(BOX.left, BOX.top - 6, 'end', yLabel),
    '</svg>',
  ].join('\n')}\n`;
}

function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const nice = [1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10;
  return nice * power;
}
