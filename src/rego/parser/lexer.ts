// Text to tokens, all at once. Keywords are names here: which of them count depends on imports, so the parser decides.
import { lexTemplatePart } from './template.ts';
import type { Comment, Loc, Source } from '../ast.ts';

export type TokenKind = 'name' | 'number' | 'string' | 'raw' | 'op' | 'template' | 'eof' | 'illegal';

export interface Token {
  readonly kind: TokenKind;
  /** The text as written; for an illegal token, what is wrong with it. */
  readonly text: string;
  readonly offset: number;
  readonly end: number;
  readonly row: number;
  readonly col: number;
  /** White space, a line end or a comment stands before it. */
  readonly spaced: boolean;
  /** A line end stands before it. */
  readonly newline: boolean;
  /** For template parts: no expression follows, and whether it is the raw form. */
  readonly last?: boolean;
  readonly raw?: boolean;
}

export interface Lexed {
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /\d+(?:\.\d*)?(?:[eE][+-]?\d*)?/y;
const ESCAPE = /^(?:["\\/bfnrt]|u.{4})/;
const OPERATORS = [':=', '==', '!=', '<=', '>='];
const SINGLE = '+-*/%&|=<>{}[](),;.:';

/** Every token of a source, an `eof` token last. Never throws: what cannot be read is an `illegal` token, and the last. */
export function lex(source: Source): Lexed {
  return new Lexer(source).run();
}

class Lexer {
  readonly #source: Source;
  readonly #text: string;
  readonly #tokens: Token[] = [];
  readonly #comments: Comment[] = [];
  /** Open template expressions: how many braces are open in each, and whether the template is raw. */
  readonly #templates: { depth: number; raw: boolean }[] = [];
  #at = 0;
  #row = 1;
  #lineStart = 0;
  #ascii = true;
  #spaced = false;
  #newline = false;

  constructor(source: Source) {
    this.#source = source;
    this.#text = source.text;
    if (this.#text.charCodeAt(0) === 0xfeff) this.#at = 1;
    this.#ascii = !/[^\u0000-\u007f]/.test(this.#text);
  }

  run(): Lexed {
    for (;;) {
      this.#skip();
      if (this.#at >= this.#text.length) {
        this.#push('eof', this.#at, '');
        this.#moveEnd();
        break;
      }
      this.#next();
      if (this.#tokens.at(-1)?.kind === 'illegal') break;
    }
    return { tokens: this.#tokens, comments: this.#comments };
  }

  /** Errors at the end point at the last character, as OPA's do. */
  #moveEnd(): void {
    const end = this.#tokens.pop();
    if (end !== undefined) this.#tokens.push({ ...end, col: Math.max(1, end.col - 1) });
  }

  #skip(): void {
    this.#spaced = false;
    this.#newline = false;
    for (; this.#at < this.#text.length;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 10) {
        this.#newline = true;
        this.#line(this.#at + 1);
      } else if (code === 35) {
        this.#comment();
        this.#spaced = true;
        continue;
      } else if (code !== 32 && code !== 9 && code !== 13) {
        return;
      }
      this.#spaced = true;
      this.#at += 1;
    }
  }

  #line(start: number): void {
    this.#row += 1;
    this.#lineStart = start;
  }

  #comment(): void {
    const start = this.#at;
    const found = this.#text.indexOf('\n', start);
    this.#at = found < 0 ? this.#text.length : found;
    const text = this.#text.slice(start + 1, this.#at).replace(/\r$/, '');
    this.#comments.push({ text, loc: this.#loc(start, this.#at) });
  }

  #next(): void {
    const char = this.#text[this.#at] ?? '';
    if (this.#sticky(NAME, 'name')) return;
    if (char >= '0' && char <= '9') return void this.#sticky(NUMBER, 'number');
    if (char === '"') return this.#string();
    if (char === '`') return this.#rawString();
    if (char === '$') return this.#templateStart();
    const open = this.#templates.at(-1);
    if (open !== undefined && char === '}' && open.depth === 0) {
      this.#templates.pop();
      return this.#template(this.#at, open.raw);
    }
    if (open !== undefined && char === '{') open.depth += 1;
    if (open !== undefined && char === '}') open.depth -= 1;
    this.#operator(char);
  }

  #operator(char: string): void {
    const two = this.#text.slice(this.#at, this.#at + 2);
    if (OPERATORS.includes(two)) return this.#push('op', this.#at + 2, two);
    if (SINGLE.includes(char)) return this.#push('op', this.#at + 1, char);
    if (char === '!') return this.#illegal(`illegal ! character`);
    const point = this.#text.codePointAt(this.#at) ?? 0;
    this.#illegal(point < 32 ? 'illegal token' : `illegal token`);
  }

  #sticky(pattern: RegExp, kind: TokenKind): boolean {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return false;
    const end = this.#at + match[0].length;
    const problem = kind === 'number' ? numberProblem(match[0], this.#text[end] ?? '') : undefined;
    if (problem === undefined) this.#push(kind, end, match[0]);
    else this.#illegal(problem);
    return true;
  }

  #string(): void {
    let at = this.#at + 1;
    for (; ; at += 1) {
      const char = this.#text[at];
      if (char === undefined || char === '\n') return this.#illegal('non-terminated string');
      if (char === '"') break;
      if (char !== '\\') continue;
      const escape = ESCAPE.exec(this.#text.slice(at + 1, at + 6));
      if (escape === null) return this.#illegal('illegal escape sequence');
      at += escape[0].length;
    }
    this.#push('string', at + 1, this.#text.slice(this.#at, at + 1));
  }

  #rawString(): void {
    const found = this.#text.indexOf('`', this.#at + 1);
    if (found < 0) return this.#illegal('non-terminated string');
    this.#push('raw', found + 1, this.#text.slice(this.#at, found + 1));
    this.#countLines(this.#at, found);
  }

  #countLines(from: number, to: number): void {
    for (
      let found = this.#text.indexOf('\n', from);
      found >= 0 && found < to;
      found = this.#text.indexOf('\n', found + 1)
    ) {
      this.#line(found + 1);
    }
  }

  #templateStart(): void {
    const quote = this.#text[this.#at + 1];
    if (quote !== '"' && quote !== '`') return this.#illegal('illegal $ character');
    this.#template(this.#at + 1, quote === '`');
  }

  /** `from` is at the quote that opens the template or the brace that closes an expression. */
  #template(from: number, raw: boolean): void {
    const part = lexTemplatePart(this.#text, from + 1, raw);
    if (part === undefined) return this.#illegal('non-terminated string');
    const start = this.#at;
    const token = this.#make('template', start, part.end, part.text);
    this.#tokens.push({ ...token, last: part.last, raw });
    this.#at = part.end;
    this.#countLines(start, part.end);
    if (!part.last) this.#templates.push({ depth: 0, raw });
  }

  #illegal(message: string): void {
    this.#tokens.push(this.#make('illegal', this.#at, this.#at + 1, message));
    this.#at = this.#text.length;
  }

  #push(kind: TokenKind, end: number, text: string): void {
    this.#tokens.push(this.#make(kind, this.#at, end, text));
    this.#at = end;
  }

  #make(kind: TokenKind, offset: number, end: number, text: string): Token {
    const col = this.#column(offset);
    return { kind, text, offset, end, row: this.#row, col, spaced: this.#spaced, newline: this.#newline };
  }

  #loc(offset: number, end: number): Loc {
    return { source: this.#source, offset, end, row: this.#row, col: this.#column(offset) };
  }

  #column(offset: number): number {
    if (this.#ascii) return offset - this.#lineStart + 1;
    return utf8Length(this.#text.slice(this.#lineStart, offset)) + 1;
  }
}

function numberProblem(text: string, after: string): string | undefined {
  if (text.endsWith('.') || /\.[eE]/.test(text)) return 'expected fraction';
  if (/[eE][+-]?$/.test(text)) return 'expected exponent';
  if (/[A-Za-z_]/.test(after)) return 'illegal number format';
  return undefined;
}

function utf8Length(text: string): number {
  let length = 0;
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0;
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return length;
}
