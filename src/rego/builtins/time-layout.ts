// Go's layouts: the reference time written the way the text is.

/** A literal stretch, or a field named by how the reference time is written there. */
export type Chunk = { readonly literal: string } | { readonly field: string };

const FIELD =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|_2006|__2|_2|2|3|4|5|PM|pm|-07:00:00|-07:00|-070000|-0700|-07|Z07:00:00|Z07:00|Z070000|Z0700|Z07|[.,](?:0+|9+)(?!\d)/g;

export function splitLayout(layout: string): Chunk[] {
  const chunks: Chunk[] = [];
  let at = 0;
  for (const match of layout.matchAll(FIELD)) {
    const skip = match[0] === '_2006' ? 1 : 0;
    const literal = layout.slice(at, match.index + skip);
    if (literal !== '') chunks.push({ literal });
    chunks.push({ field: match[0].slice(skip) });
    at = match.index + match[0].length;
  }
  if (at < layout.length) chunks.push({ literal: layout.slice(at) });
  return chunks;
}
