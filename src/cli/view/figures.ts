/** A duration in milliseconds, three digits that matter. */
export function duration(ms: number): string {
  if (ms === 0) return '0 ms';
  if (ms < 0.0995) return `${digits(ms * 1000)} µs`;
  if (ms < 999.5) return `${digits(ms)} ms`;
  if (ms < 99_950) return `${digits(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

function digits(value: number): string {
  if (value >= 99.5) return String(Math.round(value));
  return String(Number(value.toFixed(value >= 9.95 ? 1 : 2)));
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function plural(value: number, thing: string): string {
  return `${count(value)} ${thing}${value === 1 ? '' : 's'}`;
}

/** `14:03:07.123`, in the machine's own time zone. */
export function timeOfDay(unixNano: bigint): string {
  const date = new Date(Number(unixNano / 1_000_000n));
  if (Number.isNaN(date.getTime())) return '--:--:--.---';
  const two = (value: number) => String(value).padStart(2, '0');
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}
