/** Values as CycloneDX writes them, in either form. */

/** A score's number; undefined for what is none. */
export function scoreNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const score = Number(text);
  return Number.isFinite(score) ? score : undefined;
}

/** `79` and `CWE-79`. */
export function cweNumber(text: string): number | undefined {
  const digits = /^(?:CWE-)?(\d{1,9})$/i.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
