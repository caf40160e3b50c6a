/** `3 packages`, `1 package`; thousands are grouped. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** The day of an RFC 3339 time. */
export function day(time: string | undefined): string | undefined {
  return time?.slice(0, 10);
}

/** `0.42 s`, `3.1 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** `350 MB`. */
export function bytes(number: number): string {
  if (number < 1000) return `${number} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(number) / 3));
  return `${(number / 1000 ** power).toFixed(number / 1000 ** power < 10 ? 1 : 0)} ${units[power - 1]}`;
}
