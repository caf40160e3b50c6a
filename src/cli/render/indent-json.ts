/**
 * Compact JSON text with two spaces of indentation, as Go's encoder lays it out: for JSON whose numbers and escapes
 * have to stay as they are, which reading and writing it again would not keep.
 */
export function indentJson(json: string): string {
  const parts: string[] = [];
  let depth = 0;
  // A string, a bracket with its empty pair, one sign, or a run of anything else.
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|\[\]|\{\}|[[\]{},:]|[^"[\]{},:]+/g)) {
    if (token === '[' || token === '{') parts.push(token, newline(++depth));
    else if (token === ']' || token === '}') parts.push(newline(--depth), token);
    else if (token === ',') parts.push(token, newline(depth));
    else parts.push(token === ':' ? ': ' : token);
  }
  return parts.join('');
}

function newline(depth: number): string {
  return `\n${'  '.repeat(depth)}`;
}
