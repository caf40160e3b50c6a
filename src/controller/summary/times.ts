/** Times and durations as a status has them. */

/** RFC 3339 with whole seconds, as Kubernetes writes times. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** To whole seconds: what is due at a time must be due when that time, as written, has come. */
export function roundedUp(ms: number): number {
  return Math.ceil(ms / 1000) * 1000;
}

/** Milliseconds are as exact as anybody reads. */
export function seconds(value: number): number {
  return Math.round(Math.max(0, value) * 1000) / 1000;
}
