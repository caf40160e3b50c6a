// Types as far as they are known before anything runs.

/** `undefined` members stand for what nothing is known to be in: the element of an empty set. */
export type Type =
  | { readonly kind: 'any' }
  | { readonly kind: 'null' | 'boolean' | 'number' | 'string' }
  | { readonly kind: 'array'; readonly items: readonly Type[]; readonly rest?: Type }
  | { readonly kind: 'set'; readonly of?: Type }
  | {
      readonly kind: 'object';
      readonly members: ReadonlyMap<string, Type>;
      readonly key?: Type;
      readonly value?: Type;
    }
  | { readonly kind: 'union'; readonly options: readonly Type[] };

export const ANY: Type = { kind: 'any' };
export const NULL: Type = { kind: 'null' };
export const BOOLEAN: Type = { kind: 'boolean' };
export const NUMBER: Type = { kind: 'number' };
export const STRING: Type = { kind: 'string' };

/** Larger unions become any. */
const MAX_OPTIONS = 20;
/** Deeper types become any. */
const MAX_DEPTH = 12;

export function union(types: readonly Type[]): Type {
  const options: Type[] = [];
  const seen = new Set<string>();
  for (const type of types.flatMap((item) => (item.kind === 'union' ? item.options : [item]))) {
    if (type.kind === 'any') return ANY;
    const text = typeText(type);
    if (!seen.has(text)) options.push(type);
    seen.add(text);
  }
  const [only] = options;
  if (options.length === 1 && only !== undefined) return only;
  return options.length > MAX_OPTIONS ? ANY : { kind: 'union', options };
}

export function typeText(type: Type, depth = 0): string {
  if (depth > MAX_DEPTH) return 'any';
  const inner = (item: Type): string => typeText(item, depth + 1);
  switch (type.kind) {
    case 'array':
      return `array${type.items.length > 0 ? `<${type.items.map(inner).join(', ')}>` : ''}${type.rest ? `[${inner(type.rest)}]` : ''}`;
    case 'set':
      return `set[${type.of ? inner(type.of) : '???'}]`;
    case 'object': {
      const members = [...type.members].map(([key, value]) => `${key}: ${inner(value)}`);
      const rest = type.key && type.value ? `[${inner(type.key)}: ${inner(type.value)}]` : '';
      return `object${members.length > 0 ? `<${members.join(', ')}>` : ''}${rest}`;
    }
    case 'union':
      return `any<${type.options.map(inner).join(', ')}>`;
    default:
      return type.kind;
  }
}

/** Whether some value could be of both types. */
export function unifies(a: Type | undefined, b: Type | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  if (a.kind === 'any' || b.kind === 'any') return true;
  if (a.kind === 'union') return a.options.some((item) => unifies(item, b));
  if (b.kind === 'union') return b.options.some((item) => unifies(a, item));
  if (a.kind === 'array' && b.kind === 'array') return unifyArrays(a, b);
  if (a.kind === 'set' && b.kind === 'set') return unifySets(a.of, b.of);
  if (a.kind === 'object' && b.kind === 'object') return unifyObjects(a, b);
  return a.kind === b.kind;
}

/** The empty set has elements of any type; two of them are taken not to fit, as in OPA. */
function unifySets(a: Type | undefined, b: Type | undefined): boolean {
  if (a === undefined || b === undefined) return a !== b;
  return unifies(a, b);
}

type ArrayType = Extract<Type, { kind: 'array' }>;
type ObjectType = Extract<Type, { kind: 'object' }>;

function unifyArrays(a: ArrayType, b: ArrayType): boolean {
  const most = Math.max(a.items.length, b.items.length);
  if (a.items.length !== b.items.length && (a.items.length > b.items.length ? b.rest : a.rest) === undefined)
    return false;
  for (let index = 0; index < most; index += 1) {
    if (!unifies(a.items[index] ?? a.rest, b.items[index] ?? b.rest)) return false;
  }
  return a.rest === undefined || b.rest === undefined || most > 0 || unifies(a.rest, b.rest);
}

function unifyObjects(a: ObjectType, b: ObjectType): boolean {
  return (
    membersUnify(a, b) &&
    membersUnify(b, a) &&
    (a.value === undefined || b.value === undefined || unifies(a.value, b.value))
  );
}

function membersUnify(a: ObjectType, b: ObjectType): boolean {
  for (const [key, value] of a.members) {
    const other = b.members.get(key) ?? b.value;
    if (!unifies(value, other)) return false;
  }
  return true;
}

/** The type of a member; undefined when there is none. */
export function select(type: Type, key: string | number | undefined, keyType: Type): Type | undefined {
  // Nothing is known to be in an empty literal, and iterating it is no mistake: a list of exceptions starts empty.
  if (key === undefined && isEmptyLiteral(type)) return ANY;
  switch (type.kind) {
    case 'any':
      return ANY;
    case 'union': {
      const found = type.options.flatMap((item) => select(item, key, keyType) ?? []);
      return found.length === 0 ? undefined : union(found);
    }
    case 'array':
      if (!unifies(keyType, NUMBER)) return undefined;
      if (typeof key === 'number') return type.items[key] ?? type.rest;
      return type.items.length === 0 ? type.rest : union([...type.items, ...(type.rest ? [type.rest] : [])]);
    case 'set':
      return typeText(keyType) === typeText(type.of ?? ANY) || unifies(keyType, type.of)
        ? type.of
        : undefined;
    case 'object':
      return selectMember(type, key, keyType);
    default:
      return undefined;
  }
}

function isEmptyLiteral(type: Type): boolean {
  if (type.kind === 'array') return type.items.length === 0 && type.rest === undefined;
  if (type.kind === 'set') return type.of === undefined;
  return type.kind === 'object' && type.members.size === 0 && type.value === undefined;
}

function selectMember(type: ObjectType, key: string | number | undefined, keyType: Type): Type | undefined {
  if (typeof key === 'string') {
    const own = type.members.get(key);
    if (own !== undefined) return own;
    return type.key !== undefined && unifies(type.key, STRING) ? type.value : undefined;
  }
  const own = unifies(keyType, STRING) ? [...type.members.values()] : [];
  const rest =
    type.value !== undefined && type.key !== undefined && unifies(type.key, keyType) ? [type.value] : [];
  const all = [...own, ...rest];
  return all.length === 0 ? undefined : union(all);
}

/** The keys a collection is iterated by. */
export function keysOf(type: Type): Type {
  if (isEmptyLiteral(type)) return ANY;
  if (type.kind === 'array') return NUMBER;
  if (type.kind === 'set') return type.of ?? ANY;
  if (type.kind === 'object')
    return union([...(type.members.size > 0 ? [STRING] : []), ...(type.key ? [type.key] : [])]);
  return type.kind === 'union' ? union(type.options.map(keysOf)) : ANY;
}

const parsed = new Map<string, Type>();

/** A type as declarations write it: `any<string, array[number]>`. */
export function parseType(text: string): Type {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const type = new TypeReader(text).read();
  parsed.set(text, type);
  return type;
}

class TypeReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Type {
    const word = /^[a-z]+/.exec(this.#text.slice(this.#at))?.[0] ?? 'any';
    this.#at += word.length;
    if (word === 'array') {
      const items = this.#list('<', '>');
      const [rest] = this.#list('[', ']');
      return { kind: 'array', items, ...(rest && { rest }) };
    }
    if (word === 'set') {
      const [of] = this.#list('[', ']');
      return { kind: 'set', of: of ?? ANY };
    }
    if (word === 'object') return this.#object();
    const options = this.#list('<', '>');
    if (word === 'any') return options.length === 0 ? ANY : { kind: 'union', options };
    return word === 'null' || word === 'boolean' || word === 'number' || word === 'string'
      ? { kind: word }
      : ANY;
  }

  #object(): Type {
    const members = new Map<string, Type>();
    if (this.#take('<')) {
      while (!this.#take('>')) {
        const name = /^\w+/.exec(this.#text.slice(this.#at))?.[0] ?? '';
        this.#at += name.length + 2;
        members.set(name, this.read());
        this.#take(', ');
      }
    }
    if (!this.#take('[')) return { kind: 'object', members };
    const key = this.read();
    this.#take(': ');
    const value = this.read();
    this.#take(']');
    return { kind: 'object', members, key, value };
  }

  #list(open: string, close: string): Type[] {
    const list: Type[] = [];
    if (!this.#take(open)) return list;
    while (!this.#take(close)) {
      list.push(this.read());
      this.#take(', ');
    }
    return list;
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}
