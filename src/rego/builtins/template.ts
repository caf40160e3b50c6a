// strings.render_template: the part of Go's text/template that makes sense without functions of one's own:
// values, variables, if, else, range, with, comparisons, `len`, `index`, `not`, `and`, `or`, `print`.
import { compare, equal, isArray, RegoObject, RegoSet } from '../value.ts';
import { numberText, isNum } from '../number.ts';
import { fail } from './operands.ts';
import type { Value } from '../types.ts';

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'show'; readonly words: readonly string[] }
  | {
      readonly kind: 'block';
      readonly name: string;
      readonly words: readonly string[];
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    };
type Found = Value | undefined;
type Variables = ReadonlyMap<string, Found>;

const WORD = /"(?:[^"\\]|\\.)*"|`[^`]*`|\(|\)|:=|=|,|\||[^\s()|,=:]+/g;
/** Ends the output: loops of loops grow fast. */
const MAX_OUTPUT = 10_000_000;

export function renderTemplate(template: string, values: RegoObject): string {
  const tokens = tokenize(template);
  const { nodes, next } = parse(tokens, 0);
  if (next < tokens.length)
    fail(`template: template:1: unexpected {{${tokens[next]?.words.join(' ') ?? ''}}}`);
  return run(nodes, values, new Map([['$', values]])).replaceAll('<no value>', '<undefined>');
}

interface Token {
  readonly text?: string;
  readonly words: readonly string[];
}

function tokenize(template: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimNext = false;
  for (const match of template.matchAll(/\{\{(-\s)?([\s\S]*?)(\s-)?\}\}/g)) {
    let text = template.slice(at, match.index);
    if (trimNext) text = text.trimStart();
    if (match[1] !== undefined) text = text.trimEnd();
    trimNext = match[3] !== undefined;
    at = match.index + match[0].length;
    if (text !== '') tokens.push({ text, words: [] });
    const inner = (match[2] ?? '').trim();
    if (!inner.startsWith('/*')) tokens.push({ words: inner.match(WORD) ?? [] });
  }
  const rest = trimNext ? template.slice(at).trimStart() : template.slice(at);
  if (rest.includes('{{')) fail('template: template:1: unclosed action');
  if (rest !== '') tokens.push({ text: rest, words: [] });
  return tokens;
}

function parse(tokens: readonly Token[], from: number): { nodes: Node[]; next: number } {
  const nodes: Node[] = [];
  let at = from;
  while (at < tokens.length) {
    const token = tokens[at];
    const [name = '', ...words] = token?.words ?? [];
    if (token?.text !== undefined) nodes.push({ kind: 'text', text: token.text });
    else if (name === 'end' || name === 'else') break;
    else if (name === 'if' || name === 'range' || name === 'with') {
      const block = parseBlock(tokens, at, name, words);
      nodes.push(block.node);
      at = block.next;
      continue;
    } else if (token !== undefined) nodes.push({ kind: 'show', words: token.words });
    at += 1;
  }
  return { nodes, next: at };
}

function parseBlock(
  tokens: readonly Token[],
  at: number,
  name: string,
  words: readonly string[],
): { node: Node; next: number } {
  const body = parse(tokens, at + 1);
  const stop = tokens[body.next]?.words ?? [];
  if (stop[0] === 'else' && stop.length > 1) {
    const chained = parseBlock(tokens, body.next, stop[1] ?? '', stop.slice(2));
    return {
      node: { kind: 'block', name, words, body: body.nodes, otherwise: [chained.node] },
      next: chained.next,
    };
  }
  const otherwise = stop[0] === 'else' ? parse(tokens, body.next + 1) : undefined;
  const end = otherwise?.next ?? body.next;
  if (tokens[end]?.words[0] !== 'end') fail('template: template:1: unexpected EOF');
  return {
    node: { kind: 'block', name, words, body: body.nodes, otherwise: otherwise?.nodes ?? [] },
    next: end + 1,
  };
}

function run(nodes: readonly Node[], dot: Found, outer: Variables): string {
  const variables = new Map(outer);
  let text = '';
  for (const node of nodes) {
    if (node.kind === 'text') text += node.text;
    else if (node.kind === 'block') text += runBlock(node, dot, variables);
    else text += show(node.words, dot, variables);
    if (text.length > MAX_OUTPUT) fail('the text grows too long');
  }
  return text;
}

function show(words: readonly string[], dot: Found, variables: Map<string, Found>): string {
  const name = words[0] ?? '';
  if (name.startsWith('$') && (words[1] === ':=' || words[1] === '=')) {
    variables.set(name, evaluate(words.slice(2), dot, variables));
    return '';
  }
  return textOf(evaluate(words, dot, variables));
}

function runBlock(node: Extract<Node, { kind: 'block' }>, dot: Found, variables: Variables): string {
  const assign = node.words.indexOf(':=');
  const names = assign < 0 ? [] : node.words.slice(0, assign).filter((word) => word !== ',');
  const value = evaluate(node.words.slice(assign + 1), dot, variables);
  if (node.name === 'range') return runRange(node, names, value, dot, variables);
  if (!truthy(value)) return run(node.otherwise, dot, variables);
  const inner = new Map(variables);
  if (names[0] !== undefined) inner.set(names[0], value);
  return run(node.body, node.name === 'with' ? value : dot, inner);
}

function runRange(
  node: Extract<Node, { kind: 'block' }>,
  names: readonly string[],
  value: Found,
  dot: Found,
  variables: Variables,
): string {
  const items = itemsOf(value);
  if (items.length === 0) return run(node.otherwise, dot, variables);
  let text = '';
  for (const [key, item] of items) {
    const inner = new Map(variables);
    const [first, second] = names;
    if (second !== undefined && first !== undefined) inner.set(first, key).set(second, item);
    else if (first !== undefined) inner.set(first, item);
    text += run(node.body, item, inner);
    if (text.length > MAX_OUTPUT) fail('the text grows too long');
  }
  return text;
}

function itemsOf(value: Found): (readonly [Value, Value])[] {
  if (isArray(value)) return [...value.entries()];
  if (value instanceof RegoObject) return [...value.entries()];
  if (value instanceof RegoSet) return [...value.sorted().entries()];
  return [];
}

/** `a b | c`: the value of each call is the last operand of the next. */
function evaluate(words: readonly string[], dot: Found, variables: Variables): Found {
  let piped: Found[] = [];
  let current: string[] = [];
  let depth = 0;
  for (const word of [...words, '|']) {
    depth += word === '(' ? 1 : word === ')' ? -1 : 0;
    if (word !== '|' || depth > 0) {
      current.push(word);
      continue;
    }
    piped = [call(current, piped, dot, variables)];
    current = [];
  }
  return piped[0];
}

function call(words: readonly string[], piped: readonly Found[], dot: Found, variables: Variables): Found {
  const groups = group(words);
  const [first, ...rest] = groups;
  if (first === undefined) return fail('template: template:1: missing value for command');
  const name = first.length === 1 ? (first[0] ?? '') : '';
  const known = FUNCTIONS[name];
  if (known === undefined) return operand(first, dot, variables);
  return known([...rest.map((item) => operand(item, dot, variables)), ...piped]);
}

/** Words as operands: one word, or what stands in parentheses. */
function group(words: readonly string[]): string[][] {
  const groups: string[][] = [];
  let depth = 0;
  for (const word of words) {
    if (depth > 0) groups.at(-1)?.push(word);
    else groups.push([word]);
    if (word === '(') depth += 1;
    if (word === ')') depth -= 1;
  }
  return groups;
}

function operand(words: readonly string[], dot: Found, variables: Variables): Found {
  const [word = ''] = words;
  if (word === '(') return evaluate(words.slice(1, -1), dot, variables);
  if (word === '.') return dot;
  if (word.startsWith('.')) return fields(dot, word.slice(1).split('.'));
  if (word.startsWith('$')) {
    const [name = '', ...path] = word.split('.');
    if (!variables.has(name)) fail(`template: template:1: undefined variable "${name}"`);
    return fields(variables.get(name), path);
  }
  if (word.startsWith('`')) return word.slice(1, -1);
  if (word.startsWith('"')) return word.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  if (word === 'true' || word === 'false') return word === 'true';
  if (/^-?\d+(?:\.\d+)?$/.test(word)) return Number(word);
  return fail(`template: template:1: function "${word}" not defined`);
}

function fields(value: Found, path: readonly string[]): Found {
  return path.reduce<Found>((at, name) => (at instanceof RegoObject ? at.get(name) : undefined), value);
}

function truthy(value: Found): boolean {
  if (value === undefined || value === null || value === false || value === '' || value === 0) return false;
  if (isArray(value)) return value.length > 0;
  return value instanceof RegoObject || value instanceof RegoSet ? value.size > 0 : true;
}

const order =
  (test: (sign: number) => boolean) =>
  (args: readonly Found[]): boolean => {
    const [a = null, b = null] = args;
    return test(compare(a, b));
  };
const FUNCTIONS: Readonly<Record<string, (args: readonly Found[]) => Found>> = {
  not: ([value]) => !truthy(value),
  and: (args) => args.find((value) => !truthy(value)) ?? args.at(-1),
  or: (args) => args.find(truthy) ?? args.at(-1),
  eq: ([first = null, ...rest]) => rest.some((value) => equal(first, value ?? null)),
  ne: ([a = null, b = null]) => !equal(a, b),
  lt: order((sign) => sign < 0),
  le: order((sign) => sign <= 0),
  gt: order((sign) => sign > 0),
  ge: order((sign) => sign >= 0),
  len: ([value]) =>
    typeof value === 'string' ? new TextEncoder().encode(value).length : itemsOf(value).length,
  index: ([value, ...keys]) =>
    keys.reduce<Found>(
      (at, key) =>
        isArray(at) && typeof key === 'number'
          ? at[key]
          : at instanceof RegoObject && key !== undefined
            ? at.get(key)
            : undefined,
      value,
    ),
  print: (args) => args.map(textOf).join(''),
  println: (args) => `${args.map(textOf).join(' ')}\n`,
};

/** Go's %v of decoded JSON. */
function textOf(value: Found): string {
  if (value === undefined || value === null) return '<no value>';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (isNum(value)) return numberText(value);
  if (isArray(value)) return `[${value.map(inner).join(' ')}]`;
  if (value instanceof RegoSet) return `[${value.sorted().map(inner).join(' ')}]`;
  return `map[${[...value.entries()].map(([key, item]) => `${inner(key)}:${inner(item)}`).join(' ')}]`;
}

function inner(value: Value): string {
  return value === null ? '<nil>' : textOf(value);
}
