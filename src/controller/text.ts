/** Cutting text to a size: a status and an event have little room. */

const dots = '…';

/** At most `bytes` bytes of UTF-8 from the start, never half a character; what was cut shows as `…`. */
export function cutEnd(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const room = Math.max(0, bytes - Buffer.byteLength(dots));
  return whole(Buffer.from(text).subarray(0, room), 'end') + dots;
}

/** The same from the end: of a log, the last lines say what happened. */
export function cutStart(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const room = Math.max(0, bytes - Buffer.byteLength(dots));
  const all = Buffer.from(text);
  return dots + whole(all.subarray(all.length - room), 'start');
}

/** Whether `shown` is `full`, perhaps cut at its end. */
export function isCutOf(shown: string | undefined, full: string): boolean {
  if (shown === undefined) return false;
  return shown === full || (shown.endsWith(dots) && full.startsWith(shown.slice(0, -dots.length)));
}

/** Bytes as text, without the part of a character that the cut left at one side. */
function whole(bytes: Buffer, cutAt: 'start' | 'end'): string {
  const text = bytes.toString('utf8');
  return cutAt === 'end' ? text.replace(/\uFFFD+$/, '') : text.replace(/^\uFFFD+/, '');
}
