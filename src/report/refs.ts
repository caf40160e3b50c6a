/** Names of components within a report. */

/** No document's own ref looks like this, so a made-up one can be told from it. */
export function madeUpRef(place: number): string {
  return `#${place}`;
}

/** Whether a component's `ref` was made up by the reader. */
export function isMadeUpRef(ref: string): boolean {
  return /^#\d+$/.test(ref);
}

/** `urn:cdx:serial/version#ref`, CycloneDX's BOM-Link, names a component of a document by the part after `#`. */
export function refOfLink(ref: string): string {
  const hash = ref.startsWith('urn:cdx:') ? ref.indexOf('#') : -1;
  if (hash < 0) return ref;
  const text = ref.slice(hash + 1);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
