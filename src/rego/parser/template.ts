// The literal stretches of template strings, `$"…{` up to the next expression or the closing quote.

export interface TemplatePart {
  /** The literal with its escapes resolved as far as braces go; other escapes are still as written. */
  readonly text: string;
  readonly end: number;
  /** The closing quote was reached: no expression follows. */
  readonly last: boolean;
}

/** Reads from just after the opening quote or the closing brace. Undefined when the text ends first. */
export function lexTemplatePart(text: string, from: number, raw: boolean): TemplatePart | undefined {
  let literal = '';
  for (let at = from; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === (raw ? '`' : '"')) return { text: literal, end: at + 1, last: true };
    if (char === '{') return { text: literal, end: at + 1, last: false };
    if (char === '\n' && !raw) return undefined;
    if (char !== '\\') {
      literal += char;
      continue;
    }
    const next = text[at + 1] ?? '';
    if (next === '{') {
      literal += '{';
      at += 1;
    } else if (raw) {
      literal += char;
    } else {
      literal += char + next;
      at += 1;
    }
  }
  return undefined;
}
