// What queries and schemas share: tokens in order, values, types, directives. Nodes are Rego objects in the shape
// that policies see: Go's field names, empty lists and objects left out.
import { RegoObject } from '../../value.ts';
import { failAt, tokenize, tokenText, type Kind, type Token } from './lexer.ts';
import type { Value } from '../../types.ts';

/** Deeper documents are refused. */
const MAX_DEPTH = 500;

export class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#tokens = tokenize(source);
  }

  get token(): Token {
    const token = this.#tokens[Math.min(this.#at, this.#tokens.length - 1)];
    if (token === undefined) throw new Error('a token list has an end');
    return token;
  }

  is(kind: Kind): boolean {
    return this.token.kind === kind;
  }

  isName(value: string): boolean {
    return this.token.kind === 'Name' && this.token.value === value;
  }

  next(): Token {
    const { token } = this;
    this.#at += 1;
    return token;
  }

  skip(kind: Kind): boolean {
    if (!this.is(kind)) return false;
    this.next();
    return true;
  }

  unexpected(): never {
    return failAt(this.token, `Unexpected ${tokenText(this.token)}`);
  }

  expect(kind: Kind): Token {
    if (!this.is(kind)) failAt(this.token, `Expected ${kind}, found ${this.token.kind}`);
    return this.next();
  }

  keyword(value: string): void {
    if (!this.isName(value)) failAt(this.token, `Expected "${value}", found ${tokenText(this.token)}`);
    this.next();
  }

  name(): string {
    return this.expect('Name').value;
  }

  /** One or more between brackets, or nothing at all. */
  some<T>(open: Kind, close: Kind, read: () => T): T[] {
    if (!this.skip(open)) return [];
    const items: T[] = [];
    while (!this.is(close)) items.push(this.nested(read));
    if (items.length === 0) failAt(this.token, `expected at least one definition, found ${this.token.kind}`);
    this.next();
    return items;
  }

  nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) failAt(this.token, 'nested too deeply');
    const value = read();
    this.#depth -= 1;
    return value;
  }

  type(): Value {
    const elem = this.skip('[') ? this.nested(() => this.type()) : undefined;
    if (elem !== undefined) this.expect(']');
    const name = elem === undefined ? this.name() : '';
    return node({ NamedType: name, Elem: elem, NonNull: this.skip('!') });
  }

  directives(constant: boolean): Value[] {
    const list: Value[] = [];
    while (this.skip('@'))
      list.push(node({ Name: this.name(), Arguments: this.arguments(constant), Location: '' }));
    return list;
  }

  arguments(constant: boolean): Value[] {
    return this.some('(', ')', () => {
      const name = this.name();
      this.expect(':');
      return node({ Name: name, Value: this.value(constant) });
    });
  }

  value(constant: boolean): Value {
    return this.nested(() => this.#value(constant));
  }

  #value(constant: boolean): Value {
    const { token } = this;
    if (token.kind === '[') return this.#list(constant);
    if (token.kind === '{') return this.#object(constant);
    if (token.kind === '$') {
      if (constant) this.unexpected();
      this.next();
      return literal(this.name(), 0);
    }
    const kind = valueKind(token);
    if (kind === undefined) return this.unexpected();
    this.next();
    return literal(token.value, kind);
  }

  #list(constant: boolean): Value {
    this.next();
    const children: Value[] = [];
    while (!this.is(']')) children.push(node({ Name: '', Value: this.value(constant) }));
    this.next();
    return literal('', 8, children);
  }

  #object(constant: boolean): Value {
    this.next();
    const children: Value[] = [];
    while (!this.is('}')) {
      const name = this.name();
      this.expect(':');
      children.push(node({ Name: name, Value: this.value(constant) }));
    }
    this.next();
    return literal('', 9, children);
  }
}

/** Variable 0, Int 1, Float 2, String 3, Block 4, Boolean 5, Null 6, Enum 7, List 8, Object 9. */
function valueKind(token: Token): number | undefined {
  if (token.kind === 'Int') return 1;
  if (token.kind === 'Float') return 2;
  if (token.kind === 'String') return 3;
  if (token.kind === 'BlockString') return 4;
  if (token.kind !== 'Name') return undefined;
  if (token.value === 'true' || token.value === 'false') return 5;
  return token.value === 'null' ? 6 : 7;
}

function literal(raw: string, kind: number, children: Value[] = []): Value {
  return node({ Raw: raw, Kind: kind, Children: children, ExpectedTypeHasDefault: false });
}

/** An object of what is there: no undefined members, no empty lists. */
export function node(members: Readonly<Record<string, Value | undefined>>): RegoObject {
  const object = new RegoObject();
  for (const [key, value] of Object.entries(members)) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    object.set(key, value);
  }
  return object;
}
