// GraphQL's tokens (spec October 2021, section 2.1).
import { BuiltinError } from '../context.ts';
import { quoteGo } from '../quote.ts';

export type Kind = 'Name' | 'Int' | 'Float' | 'String' | 'BlockString' | '<EOF>' | '<Invalid>' | Mark;
type Mark = '!' | '$' | '&' | '(' | ')' | '...' | ':' | '=' | '@' | '[' | ']' | '{' | '|' | '}';

export interface Token {
  readonly kind: Kind;
  readonly value: string;
  readonly line: number;
  readonly column: number;
}

export function failAt(token: Pick<Token, 'line' | 'column'>, message: string): never {
  throw new BuiltinError(`${message} in GraphQL string at location ${token.line}:${token.column}`);
}

/** A token as messages show it. */
export function tokenText({ kind, value }: Token): string {
  return value === '' || kind === value ? kind : `${kind} ${quoteGo(value)}`;
}

const IGNORED = /(?:[\ufeff \t,\n]|\r\n?|#[^\n\r]*)*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const MARK = /\.\.\.|[!$&():=@[\]{|}]/y;
const STRING = /"((?:[^"\\\n\r]|\\.)*)"/y;
const BLOCK = /"""((?:[^"\\]|\\"""|\\(?!""")|"(?!""))*)"""/y;

export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let lineStart = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  const advance = (text: string): void => {
    for (const match of text.matchAll(/\r\n?|\n/g)) {
      line += 1;
      lineStart = at + match.index + match[0].length;
    }
    at += text.length;
  };
  const push = (kind: Kind, value: string, text: string): void => {
    // A string's place is after its quote.
    tokens.push({ kind, value, line, column: at - lineStart + (kind === 'String' ? 2 : 1) });
    advance(text);
  };
  for (;;) {
    advance(take(IGNORED)?.[0] ?? '');
    if (at >= source.length) {
      push('<EOF>', '', '');
      return tokens;
    }
    const mark = take(MARK)?.[0];
    if (mark !== undefined && isMark(mark)) {
      push(mark, '', mark);
      continue;
    }
    const name = take(NAME)?.[0];
    if (name !== undefined) {
      push('Name', name, name);
      continue;
    }
    const number = take(NUMBER);
    if (number !== null) {
      push(number[1] === undefined && number[2] === undefined ? 'Int' : 'Float', number[0], number[0]);
      continue;
    }
    const block = take(BLOCK);
    const string = block === null && !source.startsWith('"""', at) ? take(STRING) : null;
    if (block !== null) push('BlockString', blockValue(block[1] ?? ''), block[0]);
    else if (string !== null) push('String', unescape(string[1] ?? ''), string[0]);
    else {
      advance(source.slice(at));
      tokens.push({ kind: '<Invalid>', value: '', line, column: at - lineStart + 1 });
      return tokens;
    }
  }
}

function isMark(text: string): text is Mark {
  return text === '...' || '!$&():=@[]{|}'.includes(text);
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function unescape(text: string): string {
  return text.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|(.))/g,
    (_all, hex: string | undefined, char: string | undefined) =>
      hex === undefined ? (ESCAPES[char ?? ''] ?? char ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Common indentation and blank lines at the ends go (spec 2.9.4). */
function blockValue(raw: string): string {
  const lines = raw.replaceAll('\\"""', '"""').split(/\r\n|\n|\r/);
  const indents = lines
    .slice(1)
    .filter((text) => text.trim() !== '')
    .map((text) => /^[ \t]*/.exec(text)?.[0].length ?? 0);
  const common = indents.length === 0 ? 0 : Math.min(...indents);
  const cut = lines.map((text, index) => (index === 0 ? text : text.slice(common)));
  while (cut.length > 0 && cut[0]?.trim() === '') cut.shift();
  while (cut.length > 0 && cut.at(-1)?.trim() === '') cut.pop();
  return cut.join('\n');
}
