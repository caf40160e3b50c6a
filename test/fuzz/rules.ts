// Rules of every form.
import { bodyOf } from './bodies.ts';
import type { Kind } from './builtins.ts';
import { Scope, type RuleName } from './scope.ts';
import { constant, term } from './terms.ts';

export interface GeneratedRule extends RuleName {
  readonly text: string;
}

type From = Pick<Scope, 'random' | 'dialect' | 'rules' | 'features' | 'body'>;

const kinds: readonly Kind[] = ['any', 'boolean', 'number', 'string', 'array', 'object', 'set'];

/** One rule of a name of its own: one to three definitions of it, and its default. */
export function rule(from: From, index: number): GeneratedRule {
  const make = from.random.weighted<(from: From, name: string) => GeneratedRule>([
    [5, complete],
    [3, partialSet],
    [2, partialObject],
    [3, defined],
    [1.5, dotted],
    [0.3, conflict],
  ]);
  return make(from, `r${index}`);
}

function block(scope: Scope, lines: readonly string[]): string {
  const separator = scope.random.chance(0.8) ? '\n  ' : '; ';
  return `${scope.dialect === 'v0' ? '' : ' if'} {\n  ${lines.join(separator)}\n}`;
}

function gives({ dialect, random }: From): string {
  return dialect === 'v0' || random.chance(0.3) ? '=' : ':=';
}

/** ` = value if { body }`, and the `else`s after it. */
function clause(from: From, head: string, kind: Kind, params: readonly string[] = []): string {
  const scope = new Scope(
    from,
    0,
    params.map((name) => [name, 'any'] as const),
  );
  const body = bodyOf(scope, 4);
  const value = from.random.chance(0.2) ? '' : ` ${gives(from)} ${term(scope, kind)}`;
  const elses = from.random.chance(0.25) ? from.random.times(1, 2, () => otherwise(from, kind, params)) : [];
  return `${head}${value}${block(scope, body)}${elses.join('')}`;
}

function otherwise(from: From, kind: Kind, params: readonly string[]): string {
  const scope = new Scope(
    from,
    1,
    params.map((name) => [name, 'any'] as const),
  );
  const body = bodyOf(scope, 2);
  return ` else ${gives(from)} ${term(scope, kind)}${block(scope, body)}`;
}

function complete(from: From, name: string): GeneratedRule {
  const { random } = from;
  const value = random.pick(kinds);
  const clauses = random.times(1, 2, () => clause(from, name, value));
  if (random.chance(0.35)) {
    clauses.unshift(`default ${name} ${gives(from)} ${constant(new Scope(from), value)}`);
  }
  if (random.chance(0.1)) clauses.push(`${name} ${gives(from)} ${term(new Scope(from, 1), value)}`);
  // A clause without a value is `true`, whatever the others are.
  return { name, form: 'complete', value: 'any', arity: 0, text: clauses.join('\n\n') };
}

function partialSet(from: From, name: string): GeneratedRule {
  const text = from.random.times(1, 3, () => member(from, name)).join('\n\n');
  return { name, form: 'set', value: 'set', arity: 0, text };
}

function member(from: From, name: string): string {
  const scope = new Scope(from);
  const body = bodyOf(scope, 4);
  const element = term(scope);
  const head = from.dialect === 'v0' ? `${name}[${element}]` : `${name} contains ${element}`;
  return head + block(scope, body);
}

function partialObject(from: From, name: string): GeneratedRule {
  const text = from.random.times(1, 2, () => entry(from, name)).join('\n\n');
  return { name, form: 'object', value: 'object', arity: 0, text };
}

function entry(from: From, name: string): string {
  const scope = new Scope(from);
  const body = bodyOf(scope, 4);
  const key = term(scope, from.random.chance(0.6) ? 'string' : 'any');
  return `${name}[${key}] ${gives(from)} ${term(scope)}${block(scope, body)}`;
}

function defined(from: From, name: string): GeneratedRule {
  const { random } = from;
  const arity = random.int(1, 2);
  const params = Array.from({ length: arity }, (_, index) => `a${index}`);
  const kind = random.pick(kinds);
  const clauses = random.times(1, 2, () => functionClause(from, name, kind, params));
  if (random.chance(0.15)) {
    clauses.unshift(
      `default ${name}(${params.map(() => '_').join(', ')}) ${gives(from)} ${constant(new Scope(from), kind)}`,
    );
  }
  return { name, form: 'function', value: 'any', arity, text: clauses.join('\n\n') };
}

/** Parameters are names, constants or patterns. */
function functionClause(from: From, name: string, kind: Kind, params: readonly string[]): string {
  const { random } = from;
  const written = params.map((param) =>
    random.weighted<string>([
      [8, param],
      [1, constant(new Scope(from), 'any')],
      [1, `[${param}, _]`],
      [0.5, `{"a": ${param}}`],
    ]),
  );
  const bound = params.filter((param, index) => written[index]?.includes(param));
  return clause(from, `${name}(${written.join(', ')})`, kind, bound);
}

/** Heads that are references: `r.a.b`, `r.d[x]`. */
function dotted(from: From, name: string): GeneratedRule {
  const text = from.random.times(1, 3, () => dottedClause(from, name)).join('\n\n');
  return { name, form: 'object', value: 'object', arity: 0, text };
}

/**
 * Names after a key (`r[x].g`, `r.d[x].k contains …`) only with the feature `general-heads`: OPA leaves out the
 * empty objects above such rules where we show them, and now and then the other way about.
 */
function dottedClause(from: From, name: string): string {
  const { random } = from;
  const general = from.features.has('general-heads');
  const scope = new Scope(from);
  const body = bodyOf(scope, 3);
  const key = term(scope, random.chance(0.7) ? 'string' : 'any');
  const head = random.weighted<string>([
    [2, `${name}.a.b`],
    [2, `${name}.c`],
    [2, `${name}.d[${key}]`],
    [general ? 1 : 0, `${name}.e[${key}].f`],
    [general ? 1 : 0, `${name}[${key}].g`],
    [1, `${name}.h["x"]`],
  ]);
  const ground = head === `${name}.a.b` || head === `${name}.c`;
  if (from.dialect !== 'v0' && (general || ground) && random.chance(0.25)) {
    return `${head}.k contains ${term(scope)}${block(scope, body)}`;
  }
  return `${head} ${gives(from)} ${term(scope)}${block(scope, body)}`;
}

/** Two rules of one name that do not go together. */
function conflict(from: From, name: string): GeneratedRule {
  const one = complete(from, name);
  const other = from.random.pick([partialSet, defined, complete])(from, name);
  return { ...one, text: `${one.text}\n\n${other.text}` };
}
