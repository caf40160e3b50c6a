// Bodies: expressions in a row, each of which may give variables to those after it.
import type { Kind } from './builtins.ts';
import type { Random } from './random.ts';
import type { Scope } from './scope.ts';
import { call, ruleUse, term } from './terms.ts';
import { keys } from './values.ts';

type Make = (scope: Scope) => string;

/** One to `most` expressions; variables they bind are in the scope afterwards. */
export function bodyOf(scope: Scope, most: number): string[] {
  return scope.random.times(1, most, () => expression(scope));
}

function expression(scope: Scope): string {
  const modern = scope.dialect !== 'v0';
  const make = scope.random.weighted<Make>([
    [3, assign],
    [1.5, unify],
    [2, iterate],
    [modern ? 3 : 0, someIn],
    [modern ? 1 : 0, every],
    [4, compareTerms],
    [2, test],
    [1.5, negation],
    [1, pattern],
    [0.7, enumerate],
  ]);
  const before = scope.inner();
  const text = make(scope);
  return scope.random.chance(0.08) && !text.startsWith('some ') ? `${text} ${modifier(before)}` : text;
}

const kinds: readonly Kind[] = ['any', 'any', 'number', 'string', 'array', 'object', 'set', 'boolean'];
const collections: readonly Kind[] = ['array', 'object', 'set'];

function assign(scope: Scope): string {
  const kind = scope.random.pick(kinds);
  const value = term(scope, kind);
  const again = scope.random.chance(0.01) ? [...scope.vars.keys()][0] : undefined;
  const name = again ?? scope.fresh();
  scope.vars.set(name, kind);
  return `${name} := ${value}`;
}

function unify(scope: Scope): string {
  const kind = scope.random.pick(kinds);
  const value = term(scope, kind);
  const name = scope.fresh();
  scope.vars.set(name, kind);
  return scope.random.chance(0.3) ? `${value} = ${name}` : `${name} = ${value}`;
}

/** `x := xs[_]` */
function iterate(scope: Scope): string {
  const source = iterable(scope);
  const name = scope.fresh();
  scope.vars.set(name, 'any');
  return `${name} := ${source}[_]`;
}

/** What `[…]` may follow. */
function iterable(scope: Scope): string {
  const { random } = scope;
  const variable = random.chance(0.4) ? scope.variable(random.pick(collections)) : undefined;
  if (variable !== undefined) return variable;
  const virtual = scope.rules.filter(({ form }) => form === 'set' || form === 'object');
  if (virtual.length > 0 && random.chance(0.35)) return random.pick(virtual).name;
  return random.pick(['input.nums', 'input.strs', 'input.items', 'input.obj', 'data.base.names', 'data.base.rows', 'data.base.levels', 'input.any', 'input']); // prettier-ignore
}

/** `some i; xs[i] = x`, with `i` on its own now and then. */
function enumerate(scope: Scope): string {
  const source = iterable(scope);
  const [index, name] = [scope.fresh(), scope.fresh()];
  scope.vars.set(index, 'any');
  scope.vars.set(name, 'any');
  return `some ${index}; ${name} := ${source}[${index}]`;
}

function someIn(scope: Scope): string {
  const { random } = scope;
  const source = term(scope, random.pick(collections));
  const name = scope.fresh();
  const key = random.chance(0.4) ? scope.fresh() : undefined;
  scope.vars.set(name, 'any');
  if (key !== undefined) scope.vars.set(key, 'any');
  return `some ${key === undefined ? '' : `${key}, `}${name} in ${source}${uses(random, [name, key])}`;
}

/** OPA refuses a declared variable that nothing uses. */
function uses(random: Random, names: readonly (string | undefined)[]): string {
  if (random.chance(0.02)) return '';
  return names.map((name) => (name === undefined ? '' : `; ${name} != "none"`)).join('');
}

function every(scope: Scope): string {
  const { random } = scope;
  const source = term(scope, random.pick(collections));
  const inside = scope.inner();
  const name = inside.fresh();
  const key = random.chance(0.3) ? inside.fresh() : undefined;
  inside.vars.set(name, 'any');
  if (key !== undefined) inside.vars.set(key, 'any');
  const body = [compareTerms(inside), ...(random.chance(0.4) ? bodyOf(inside, 2) : [])];
  return `every ${key === undefined ? '' : `${key}, `}${name} in ${source} { ${body.join('; ')}${uses(random, [name, key])} }`;
}

function compareTerms(scope: Scope): string {
  const { random } = scope;
  const kind = random.pick(kinds);
  return `${term(scope, kind)} ${random.pick(['==', '!=', '<', '<=', '>', '>='])} ${term(scope, kind)}`;
}

function test(scope: Scope): string {
  const { random } = scope;
  if (random.chance(0.4)) return call(scope, 'boolean');
  return random.chance(0.5) ? ruleUse(scope, 'any') : (scope.variable('any') ?? 'input.flag');
}

function negation(scope: Scope): string {
  return `not ${scope.random.chance(0.5) ? compareTerms(scope) : test(scope)}`;
}

/**
 * Unification of a pattern: `[a, 1] = …`, `{"a": x} = …`. Against a literal of another shape OPA says unsafe
 * where we say that the types do not match: only with the feature `literal-patterns`.
 */
function pattern(scope: Scope): string {
  const { random } = scope;
  const value = scope.features.has('literal-patterns')
    ? term(scope, random.pick<Kind>(['array', 'object', 'any']))
    : iterable(scope);
  const [a, b] = [scope.fresh(), scope.fresh()];
  const shape = random.chance(0.5)
    ? `[${a}, ${random.chance(0.5) ? b : '_'}]`
    : `{"${random.pick(keys)}": ${a}, "n": ${random.chance(0.5) ? b : '_'}}`;
  scope.vars.set(a, 'any');
  if (shape.includes(b)) scope.vars.set(b, 'any');
  return `${shape} ${random.pick(['=', ':='])} ${value}`;
}

function modifier(scope: Scope): string {
  const { random } = scope;
  const inner = scope.inner();
  const complete = scope.rules.filter(({ form }) => form !== 'function');
  const functions = scope.rules.filter(({ form, arity }) => form === 'function' && arity === 1);
  return random.weighted<() => string>([
    [3, () => `with input.${random.pick(['n', 's', 'any', 'obj.a'])} as ${term(inner)}`],
    [1, () => `with input as ${term(inner, 'object')}`],
    [2, () => `with data.base.${random.pick(['limit', 'names', 'extra.deep'])} as ${term(inner)}`],
    [complete.length > 0 ? 2 : 0, () => `with ${random.pick(complete).name} as ${term(inner)}`],
    [functions.length > 0 ? 1 : 0, () => `with ${random.pick(['count', 'lower', 'abs'])} as ${random.pick(functions).name}`],
    [1, () => `with ${random.pick(['count', 'upper'])} as ${term(inner)}`],
  ])(); // prettier-ignore
}
