import { bar, lengthMs, type Scale, scaleOf } from './bar.js';
import { duration, plural, timeOfDay } from './figures.js';
import { type Glyphs, glyphs, type Ink, type Look, paint } from './look.js';
import { type Row, rowsOf } from './rows.js';
import type { ViewSpan } from './span.js';
import { columns, fit, fitEnd, pad, padStart } from './text.js';
import { type Branch, treesOf } from './tree.js';
import { shortPath } from './where.js';

export interface TraceView {
  traceId: string;
  spans: readonly ViewSpan[];
  /** Spans that came but were not kept, to bound memory. */
  dropped: number;
  /** Name of the trace's root where this is a part that came later. */
  laterOf?: string;
}

const MAX_ROWS = 60;
const TIME_WIDTH = 8;
const BUSY_WIDTH = 9;
/** From this width on there is a column for busy time. */
const BUSY_FROM = 100;

interface Widths {
  name: number;
  where: number;
  bar: number;
  busy: number;
}

/** A trace as lines of text, each at most `look.width` columns wide. */
export function waterfall(trace: TraceView, look: Look, maxRows = MAX_ROWS): string[] {
  const shapes = glyphs(look);
  const roots = treesOf(trace.spans);
  const rows = rowsOf(roots, maxRows);
  const scale = scaleOf(trace.spans);
  const widths = share(rows, look, shapes);
  return [
    ...header(trace, roots, scale, look, shapes),
    ruler(scale, widths, look),
    ...rows.flatMap((row) => draw(row, scale, widths, look, shapes)),
  ];
}

function header(
  trace: TraceView,
  roots: readonly Branch[],
  scale: Scale,
  look: Look,
  shapes: Glyphs,
): string[] {
  const root = roots[0]?.spans[0];
  const failed = trace.spans.some((span) => span.failed);
  const title = trace.laterOf === undefined ? (root?.name ?? '') : `later, in ${trace.laterOf}`;
  const total = duration(Number(scale.end - scale.start) / 1e6);
  const services = [...new Set(trace.spans.map((span) => span.service))].join(', ');
  const dot = ` ${shapes.dot} `;
  const head = [failed ? `${shapes.fail} ${title}` : title, total, services].filter(Boolean).join(dot);
  const tasks = trace.spans.filter((span) => span.task !== undefined).length;
  const facts = [
    `trace ${trace.traceId}`,
    `${plural(trace.spans.length, 'span')}${tasksAmong(tasks)}`,
    timeOfDay(scale.start),
  ].join(dot);
  const lines = [
    paint(look, failed ? 'red' : 'bold', fit(head, look.width, shapes.cut)),
    paint(look, 'dim', fit(facts, look.width, shapes.cut)),
  ];
  for (const remark of remarks(trace)) lines.push(paint(look, 'yellow', fit(remark, look.width, shapes.cut)));
  return lines;
}

function tasksAmong(tasks: number): string {
  if (tasks === 0) return '';
  return tasks === 1 ? ', 1 of them a task' : `, ${tasks} of them tasks`;
}

function remarks(trace: TraceView): string[] {
  const known = new Set(trace.spans.map((span) => span.spanId));
  const missing = trace.spans.filter(
    (span) => span.parentId !== undefined && !span.remoteParent && !known.has(span.parentId),
  ).length;
  const remarks: string[] = [];
  if (missing > 0 && trace.laterOf === undefined) {
    remarks.push(`partial: the parent of ${plural(missing, 'span')} has not come`);
  }
  if (trace.dropped > 0) remarks.push(`${plural(trace.dropped, 'further span')} came and were not kept`);
  if (trace.spans.some((span) => span.detail === 'shed')) {
    remarks.push('without task spans: the budget was spent on other traces (async.trace.detail = shed)');
  }
  return remarks;
}

/** Who gets how many columns. Names come first, then bars, then sites. */
function share(rows: readonly Row[], look: Look, shapes: Glyphs): Widths {
  const tells = rows.some((row) => row.branch?.spans[0]?.task !== undefined);
  const busy = tells && look.width >= BUSY_FROM ? BUSY_WIDTH : 0;
  const rest = look.width - TIME_WIDTH - busy - 3;
  const names = rows.map((row) => columns(prefix(row, shapes, rest) + label(row.branch, shapes)));
  const sites = rows.map((row) => (row.branch === undefined ? 0 : columns(where(row.branch, look))));
  const name = Math.min(Math.max(12, ...names), Math.floor(rest * 0.42));
  const least = Math.max(12, Math.floor(rest * 0.28));
  const site = Math.min(Math.max(5, ...sites), Math.floor(rest * 0.3), rest - name - least);
  return { name, where: site, bar: rest - name - site, busy };
}

function ruler(scale: Scale, widths: Widths, look: Look): string {
  const total = duration(Number(scale.end - scale.start) / 1e6);
  const ticks = pad('0', widths.bar - columns(total)) + total;
  const line = [pad('', widths.name), pad('where', widths.where), ticks, padStart('time', TIME_WIDTH)].join(
    ' ',
  );
  return paint(look, 'dim', (line + (widths.busy > 0 ? padStart('busy', widths.busy) : '')).trimEnd());
}

function draw(row: Row, scale: Scale, widths: Widths, look: Look, shapes: Glyphs): string[] {
  const lead = prefix(row, shapes, widths.name);
  const { branch } = row;
  if (branch === undefined) {
    return [
      paint(look, 'dim', fit(`${lead}${shapes.cut} ${row.omitted} more, shorter`, look.width, shapes.cut)),
    ];
  }
  const span = branch.spans[0] as ViewSpan;
  const name = fit(label(branch, shapes), widths.name - columns(lead), shapes.cut);
  const ink: Ink | undefined = span.failed ? 'red' : stateInk(span);
  const line =
    paint(look, 'dim', lead) +
    paint(look, ink, pad(name, widths.name - columns(lead))) +
    ` ${paint(look, 'dim', pad(fitEnd(where(branch, look), widths.where, shapes.cut), widths.where))} ` +
    paint(look, ink ?? barInk(span), bar(branch.spans, scale, widths.bar, shapes)) +
    ` ${padStart(time(branch), TIME_WIDTH)}` +
    (widths.busy > 0 ? padStart(busy(branch), widths.busy) : '');
  return [line.trimEnd(), ...below(row, branch, look, shapes)];
}

/** What stands under a span's line: the failure, then its events and links. */
function below(row: Row, branch: Branch, look: Look, shapes: Glyphs): string[] {
  const lead = underneath(row, branch, shapes, look.width / 2);
  const span = branch.spans[0] as ViewSpan;
  const line = (ink: Ink, text: string) =>
    paint(look, 'dim', lead) + paint(look, ink, fit(text, look.width - columns(lead), shapes.cut));
  const lines = span.notes.map((note) => line('dim', `${shapes.link} ${note}`));
  if (span.failure !== undefined) lines.unshift(line('red', `${shapes.fail} ${span.failure}`));
  return lines;
}

function prefix(row: Row, shapes: Glyphs, width: number): string {
  const guides = row.guides.slice(1);
  const fitting = Math.max(1, Math.floor((width * 0.6) / shapes.branch.length));
  const hidden = guides.length - fitting;
  const shown = hidden > 0 ? guides.slice(hidden) : guides;
  const bars = shown.map((more, level) => {
    if (level < shown.length - 1) return more ? shapes.line : shapes.blank;
    return more ? shapes.branch : shapes.last;
  });
  return (hidden > 0 ? shapes.deep : '') + bars.join('');
}

/** The guides beside a line that belongs to the row above it. */
function underneath(row: Row, branch: Branch, shapes: Glyphs, width: number): string {
  const guides = [...row.guides.slice(1), branch.children.length > 0];
  const fitting = Math.max(1, Math.floor(width / shapes.line.length) - 1);
  return guides
    .slice(-fitting)
    .map((more) => (more ? shapes.line : shapes.blank))
    .join('');
}

function label(branch: Branch | undefined, shapes: Glyphs): string {
  if (branch === undefined) return '';
  const span = branch.spans[0] as ViewSpan;
  const times = branch.spans.length > 1 ? ` ${shapes.times} ${branch.spans.length}` : '';
  const state = stateOf(span);
  return span.name + times + (state === undefined ? '' : ` (${state})`);
}

/** An outcome that is worth a word. */
function stateOf(span: ViewSpan): string | undefined {
  const outcome = span.task?.outcome;
  return outcome === 'fulfilled' || outcome === 'completed' || outcome === '' ? undefined : outcome;
}

function stateInk(span: ViewSpan): Ink | undefined {
  return stateOf(span) === undefined ? undefined : 'yellow';
}

function barInk(span: ViewSpan): Ink {
  return span.task === undefined ? 'blue' : 'green';
}

function where(branch: Branch, look: Look): string {
  const span = branch.spans[0] as ViewSpan;
  return span.site === undefined ? (span.peer ?? '') : shortPath(span.site, look.cwd);
}

function time(branch: Branch): string {
  const lengths = branch.spans.map(lengthMs).sort((a, b) => a - b);
  const middle = duration(lengths[Math.floor(lengths.length / 2)] ?? 0);
  return lengths.length > 1 ? `~${middle}` : middle;
}

function busy(branch: Branch): string {
  const known = branch.spans.map((span) => span.task?.busyMs).filter((ms) => ms !== undefined);
  return known.length === 0 ? '' : duration(known.reduce((sum, ms) => sum + ms, 0));
}
