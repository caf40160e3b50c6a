/** Looks at JSON text itself for what the parsed value no longer shows: depth, and keys that stand twice. */

interface Frame {
  readonly array: boolean;
  index: number;
  key: string;
  readonly seen: Set<string> | undefined;
}

export interface TextScan {
  /** Deeper than the limit. */
  readonly tooDeep: boolean;
  /** Paths of keys that stand more than once in their object, `spec.containers[0].name`. */
  readonly duplicates: string[];
}

/**
 * `text` must be valid JSON for `duplicates` to mean anything; `tooDeep` holds for any text, so that it can be asked
 * before parsing.
 */
export function scanText(text: string, maxDepth: number, wantDuplicates: boolean): TextScan {
  const duplicates: string[] = [];
  const stack: Frame[] = [];
  let expectKey = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === 0x22) {
      const start = at;
      for (at += 1; at < text.length; at += 1) {
        const inside = text.charCodeAt(at);
        if (inside === 0x5c) at += 1;
        else if (inside === 0x22) break;
      }
      const top = stack.at(-1);
      if (wantDuplicates && expectKey && top?.seen) {
        top.key = unquote(text.slice(start, at + 1));
        if (top.seen.has(top.key) && duplicates.length < 100) duplicates.push(pathOf(stack));
        top.seen.add(top.key);
        expectKey = false;
      }
    } else if (char === 0x7b || char === 0x5b) {
      const array = char === 0x5b;
      stack.push({ array, index: 0, key: '', seen: array || !wantDuplicates ? undefined : new Set() });
      if (stack.length > maxDepth) return { tooDeep: true, duplicates };
      expectKey = !array;
    } else if (char === 0x7d || char === 0x5d) {
      stack.pop();
      expectKey = false;
    } else if (char === 0x2c) {
      const top = stack.at(-1);
      if (top?.array) top.index += 1;
      else expectKey = true;
    }
  }
  return { tooDeep: false, duplicates };
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

function pathOf(stack: readonly Frame[]): string {
  let path = '';
  for (const frame of stack)
    path += frame.array ? `[${frame.index}]` : `${path === '' ? '' : '.'}${frame.key}`;
  return path;
}
