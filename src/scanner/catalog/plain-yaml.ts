/**
 * The YAML that package managers write: block mappings and lists by indentation, one-line flow collections, quoted
 * and plain scalars on one line, literal blocks. Twenty times as fast as a whole YAML parser, which matters for lock
 * files of ten thousand lines. Whatever goes beyond that makes `readPlainYaml` return undefined: the caller then
 * uses the whole parser, so that a file is never misread for speed.
 *
 * Scalars stay texts: a version `1.10` must not become the number 1.1.
 */
export type PlainYaml = string | PlainYaml[] | { [key: string]: PlainYaml };

class NotPlain extends Error {}

interface Line {
  readonly indent: number;
  readonly text: string;
}

const deepest = 100;

export function readPlainYaml(text: string): PlainYaml | undefined {
  try {
    const reader = new Reader(text);
    const value = reader.block(0, 0);
    return reader.current === undefined ? value : undefined;
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

class Reader {
  readonly #lines: string[];
  #next = 0;
  current: Line | undefined;

  constructor(text: string) {
    this.#lines = text.split('\n');
    this.#advance();
  }

  /** Moves to the next line that says anything. */
  #advance(): void {
    for (; this.#next < this.#lines.length; this.#next++) {
      const raw = this.#lines[this.#next] ?? '';
      const text = raw.trimEnd();
      const indent = text.length - text.trimStart().length;
      const first = text[indent];
      if (first === undefined || first === '#') continue;
      if (text.lastIndexOf('\t', indent) >= 0 || (indent === 0 && /^(?:---|\.\.\.|%)/.test(text)))
        throw new NotPlain();
      this.current = { indent, text: text.slice(indent) };
      this.#next++;
      return;
    }
    this.current = undefined;
  }

  /** A mapping or list whose lines are indented by exactly `indent`. */
  block(indent: number, depth: number): PlainYaml {
    if (depth > deepest) throw new NotPlain();
    if (this.current?.text.startsWith('- ')) return this.#list(indent);
    const mapping = newMapping();
    while (this.current && this.current.indent === indent) {
      const { key, rest } = splitKey(this.current.text);
      if (Object.hasOwn(mapping, key)) throw new NotPlain();
      mapping[key] = this.#valueAfter(rest, indent, depth);
    }
    if (this.current && this.current.indent > indent) throw new NotPlain();
    return mapping;
  }

  #valueAfter(rest: string, indent: number, depth: number): PlainYaml {
    if (/^[|>][+-]?$/.test(rest)) return this.#literal(indent);
    this.#advance();
    const inner = this.current;
    if (rest !== '') {
      if (inner && inner.indent > indent) throw new NotPlain();
      return inlineValue(rest);
    }
    if (!inner) return '';
    if (inner.indent > indent) return this.block(inner.indent, depth + 1);
    // A list may stand at the indentation of its key.
    return inner.indent === indent && inner.text.startsWith('- ') ? this.#list(indent) : '';
  }

  /** Scalars only. */
  #list(indent: number): PlainYaml[] {
    const items: PlainYaml[] = [];
    while (this.current && this.current.indent === indent && this.current.text.startsWith('- ')) {
      const item = this.current.text.slice(2).trim();
      if (item === '' || /^[|>-]/.test(item) || /:(?:\s|$)/.test(item)) throw new NotPlain();
      items.push(inlineValue(item));
      this.#advance();
    }
    return items;
  }

  /** The lines of a block scalar, joined: nobody here needs its exact line breaks. */
  #literal(indent: number): string {
    const taken: string[] = [];
    let inner: number | undefined;
    for (; this.#next < this.#lines.length; this.#next++) {
      const raw = this.#lines[this.#next] ?? '';
      const trimmed = raw.trim();
      if (trimmed !== '') {
        const depth = raw.length - raw.trimStart().length;
        if (depth <= indent) break;
        inner ??= depth;
        if (depth < inner) throw new NotPlain();
      }
      taken.push(trimmed);
    }
    this.#advance();
    return taken.join('\n').trim();
  }
}

function newMapping(): { [key: string]: PlainYaml } {
  return Object.create(null);
}

/** What begins with one of these is an anchor, an alias, a tag or reserved. */
const special = /^[&*!%@`?|>]/;

function splitKey(text: string): { key: string; rest: string } {
  if (text.startsWith("'") || text.startsWith('"')) {
    const { value, end } = quoted(text, 0);
    if (text[end] !== ':') throw new NotPlain();
    return { key: value, rest: restAfter(text, end) };
  }
  const colon = text.search(/:(?:\s|$)/);
  if (colon < 1 || special.test(text) || /^[[{-]\s?/.test(text) || text.slice(0, colon).includes(' #')) {
    throw new NotPlain();
  }
  return { key: text.slice(0, colon).trimEnd(), rest: restAfter(text, colon) };
}

function restAfter(text: string, colon: number): string {
  const rest = text.slice(colon + 1);
  if (rest !== '' && !rest.startsWith(' ')) throw new NotPlain();
  const trimmed = rest.trim();
  return trimmed.startsWith('#') ? '' : trimmed;
}

function inlineValue(text: string): PlainYaml {
  const { value, end } = flow(text, 0, 0);
  const tail = text.slice(end).trim();
  if (tail !== '' && !(tail.startsWith('#') && /\s/.test(text[end] ?? ''))) throw new NotPlain();
  return value;
}

/** A value at `at`: a flow collection, a quoted scalar, or (outside of collections) all that follows. */
function flow(text: string, at: number, depth: number): { value: PlainYaml; end: number } {
  const first = text[at];
  if (depth > deepest || first === undefined) throw new NotPlain();
  if (first === "'" || first === '"') return quoted(text, at);
  if (first === '{') return flowMapping(text, at, depth);
  if (first === '[') return flowList(text, at, depth);
  if (/^(?:[&*!%@`?|>,\]}]|[-:](?:\s|$))/.test(text.slice(at, at + 2))) throw new NotPlain();
  const ends = depth === 0 ? /\s#|:\s/g : /\s#|[,[\]{}]|:\s/g;
  ends.lastIndex = at;
  const found = ends.exec(text);
  if (found?.[0].startsWith(':')) throw new NotPlain();
  const end = found?.index ?? text.length;
  return { value: text.slice(at, end).trim(), end };
}

function flowMapping(text: string, open: number, depth: number): { value: PlainYaml; end: number } {
  const value = newMapping();
  let at = skipSpace(text, open + 1);
  while (text[at] !== '}') {
    const quotedKey = text[at] === "'" || text[at] === '"' ? quoted(text, at) : undefined;
    const colon = quotedKey?.end ?? text.indexOf(':', at);
    const key = quotedKey?.value ?? text.slice(at, colon).trim();
    if (
      colon < 0 ||
      text[colon] !== ':' ||
      text[colon + 1] !== ' ' ||
      /[,[\]{}#&*!]/.test(quotedKey ? '' : key)
    ) {
      throw new NotPlain();
    }
    const item = flow(text, skipSpace(text, colon + 1), depth + 1);
    value[key] = item.value;
    at = skipSpace(text, item.end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
    else if (text[at] !== '}') throw new NotPlain();
  }
  return { value, end: at + 1 };
}

function flowList(text: string, open: number, depth: number): { value: PlainYaml; end: number } {
  const value: PlainYaml[] = [];
  let at = skipSpace(text, open + 1);
  while (text[at] !== ']') {
    const item = flow(text, at, depth + 1);
    value.push(item.value);
    at = skipSpace(text, item.end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
    else if (text[at] !== ']') throw new NotPlain();
  }
  return { value, end: at + 1 };
}

function skipSpace(text: string, at: number): number {
  while (text[at] === ' ') at++;
  return at;
}

/** In single quotes only `''` is special; in double quotes an escape is more than is understood here. */
function quoted(text: string, open: number): { value: string; end: number } {
  const quote = text[open];
  if (quote === '"') {
    const close = text.indexOf('"', open + 1);
    const value = text.slice(open + 1, close);
    if (close < 0 || value.includes('\\')) throw new NotPlain();
    return { value, end: close + 1 };
  }
  let at = open + 1;
  for (;;) {
    const close = text.indexOf("'", at);
    if (close < 0) throw new NotPlain();
    if (text[close + 1] !== "'")
      return { value: text.slice(open + 1, close).replaceAll("''", "'"), end: close + 1 };
    at = close + 2;
  }
}
