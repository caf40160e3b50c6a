// Where the parser stands: the token stream, which keywords count, and how errors are made.
import { lex, type Token } from './lexer.ts';
import { RegoErrors } from '../errors.ts';
import { lineText, type Comment, type Loc, type Source } from '../ast.ts';
import type { RegoErrorEntry } from '../types.ts';

const BASE_KEYWORDS = [
  'package',
  'import',
  'as',
  'default',
  'else',
  'with',
  'null',
  'true',
  'false',
  'not',
  'some',
];
const V1_KEYWORDS = ['in', 'every', 'if', 'contains'];
const V2_KEYWORDS = ['and', 'or'];
/** Nesting past this is refused: every level costs stack in the parser, the compiler and the evaluator. */
const MAX_NESTING = 500;

/** A parse error on its way up; caught where the grammar tries alternatives. */
export class ParseFailure extends Error {
  readonly entry: RegoErrorEntry;

  constructor(entry: RegoErrorEntry) {
    super(entry.message);
    this.entry = entry;
  }
}

export class Cursor {
  readonly source: Source;
  readonly comments: readonly Comment[];
  readonly version: 0 | 1;
  /** `import future.keywords.not`: `not { … }`, and `not x` is one. */
  notBodies = false;
  index = 0;
  readonly #tokens: readonly Token[];
  readonly #keywords = new Set(BASE_KEYWORDS);
  #nesting = 0;
  #wildcards = 0;
  #work = 0;

  constructor(source: Source, version: 0 | 1) {
    this.source = source;
    this.version = version;
    const { tokens, comments } = lex(source);
    this.#tokens = tokens;
    this.comments = comments;
    if (version === 1) this.addKeywords(V1_KEYWORDS);
  }

  addKeywords(keywords: readonly string[]): void {
    for (const keyword of keywords) this.#keywords.add(keyword);
  }

  importV1(): void {
    this.addKeywords(V1_KEYWORDS);
  }

  importV2(): void {
    this.addKeywords([...V1_KEYWORDS, ...V2_KEYWORDS]);
    this.notBodies = true;
  }

  hasKeyword(keyword: string): boolean {
    return this.#keywords.has(keyword);
  }

  get logical(): boolean {
    return this.#keywords.has('and') || this.#keywords.has('or');
  }

  get token(): Token {
    const token = this.#tokens[this.index] ?? this.#tokens.at(-1);
    if (token === undefined) throw new Error('a token stream has an end token');
    return token;
  }

  peek(distance = 1): Token {
    return this.#tokens[this.index + distance] ?? this.token;
  }

  /** Steps over the current token and returns it. */
  next(): Token {
    const { token } = this;
    if (token.kind !== 'eof') this.index += 1;
    this.#work += 1;
    if (this.#work > 100_000 + this.#tokens.length * 20)
      this.fail('parsing takes too many attempts: simplify nested comprehensions');
    return token;
  }

  /** The end of the last token passed. */
  get lastEnd(): number {
    return this.#tokens[this.index - 1]?.end ?? 0;
  }

  isOp(text: string): boolean {
    const { token } = this;
    return token.kind === 'op' && token.text === text;
  }

  takeOp(text: string): boolean {
    if (!this.isOp(text)) return false;
    this.next();
    return true;
  }

  /** The current token's keyword, unless it heads a reference (`import.foo`, `in["x"]`). */
  keyword(): string | undefined {
    const { token } = this;
    if (token.kind !== 'name' || !this.#keywords.has(token.text)) return undefined;
    return this.headsRef() ? undefined : token.text;
  }

  isKeyword(keyword: string): boolean {
    return this.token.text === keyword && this.keyword() === keyword;
  }

  takeKeyword(keyword: string): boolean {
    if (!this.isKeyword(keyword)) return false;
    this.next();
    return true;
  }

  /** The next token is `.` or `[` with nothing between. */
  headsRef(): boolean {
    const after = this.peek();
    return after.kind === 'op' && !after.spaced && (after.text === '.' || after.text === '[');
  }

  get done(): boolean {
    return this.token.kind === 'eof';
  }

  wildcard(): string {
    this.#wildcards += 1;
    return `$${this.#wildcards - 1}`;
  }

  /** A location from a token to the end of the last one passed. */
  locFrom(start: Token): Loc {
    return {
      source: this.source,
      offset: start.offset,
      end: Math.max(this.lastEnd, start.offset),
      row: start.row,
      col: start.col,
    };
  }

  locOf(token: Token): Loc {
    return { source: this.source, offset: token.offset, end: token.end, row: token.row, col: token.col };
  }

  /** Runs a step of nesting; refuses what is nested too deeply. */
  nested<T>(step: () => T): T {
    this.#nesting += 1;
    if (this.#nesting > MAX_NESTING) this.fail('max parsing recursion depth exceeded');
    try {
      return step();
    } finally {
      this.#nesting -= 1;
    }
  }

  /** Tries a step; when it fails, goes back and answers undefined. */
  attempt<T>(step: () => T): T | undefined {
    const { index } = this;
    const wildcards = this.#wildcards;
    const nesting = this.#nesting;
    try {
      return step();
    } catch (error) {
      if (!(error instanceof ParseFailure)) throw error;
      this.index = index;
      this.#wildcards = wildcards;
      this.#nesting = nesting;
      return undefined;
    }
  }

  /** Runs a step; a failure is answered, with the cursor left where it stopped. */
  outcome<T>(step: () => T): { readonly value: T } | { readonly failure: ParseFailure } {
    const nesting = this.#nesting;
    try {
      return { value: step() };
    } catch (failure) {
      if (!(failure instanceof ParseFailure)) throw failure;
      this.#nesting = nesting;
      return { failure };
    }
  }

  fail(message: string, at: Token | Loc = this.token): never {
    throw new ParseFailure(entryAt(message, 'source' in at ? at : this.locOf(at)));
  }

  /** Fails at the current token, which does not belong there. */
  unexpected(note = ''): never {
    const { token } = this;
    if (token.kind === 'illegal') this.fail(token.text);
    const kind = token.kind === 'name' && this.#keywords.has(token.text) ? 'keyword' : 'token';
    this.fail(`unexpected ${tokenName(token, kind)} ${kind}${note === '' ? '' : `: ${note}`}`);
  }

  expectOp(text: string, note: string): void {
    if (!this.takeOp(text)) this.unexpected(note);
  }
}

const OP_NAMES: Readonly<Record<string, string>> = {
  ':=': 'assign',
  '==': 'equal',
  '=': 'eq',
  '!=': 'neq',
  '<': 'lt',
  '<=': 'lte',
  '>': 'gt',
  '>=': 'gte',
  '+': 'plus',
  '-': 'minus',
  '*': 'mul',
  '/': 'div',
  '%': 'rem',
  '&': 'and',
  '|': 'or',
};

function tokenName(token: Token, kind: string): string {
  if (kind === 'keyword') return token.text;
  if (token.kind === 'name') return 'identifier';
  if (token.kind === 'op') return OP_NAMES[token.text] ?? token.text;
  if (token.kind === 'raw') return 'string';
  return token.kind === 'template' ? 'template-string' : token.kind;
}

export function entryAt(message: string, loc: Loc, code = 'rego_parse_error'): RegoErrorEntry {
  return { code, message, file: loc.source.name, row: loc.row, col: loc.col, text: lineText(loc) };
}

/** Runs a parse; what fails comes out as RegoErrors. */
export function parsing<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof ParseFailure) throw new RegoErrors([error.entry]);
    throw error;
  }
}
