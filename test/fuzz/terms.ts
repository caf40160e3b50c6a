// Terms: constants, variables, references, calls, collections, comprehensions.
import { builtinCalls, infix, isText, sampleText, type Argument, type Kind } from './builtins.ts';
import type { RuleName, Scope } from './scope.ts';
import { keys, numberText, scalarText, stringText } from './values.ts';

const MAX_DEPTH = 3;
/** How often an argument is of a kind that the builtin does not take. */
const ILL_TYPED = 0.01;

/** A term of the kind, as far as its parts keep their word. */
export function term(scope: Scope, kind: Kind = 'any'): string {
  const { random } = scope;
  if (random.chance(0.004)) return `unbound${random.int(1, 3)}`;
  if (isText(kind)) return random.chance(0.85) ? sampleText(random, kind) : term(scope, 'string');
  const variable = random.chance(0.45) ? scope.variable(kind) : undefined;
  if (variable !== undefined) return variable;
  if (scope.depth >= MAX_DEPTH || random.chance(0.25)) return constant(scope, kind);
  const inner = scope.inner();
  return random.weighted<() => string>([
    [5, () => inputRef(inner, kind)],
    [3, () => ruleUse(inner, kind)],
    [3, () => call(inner, kind)],
    [2, () => operation(inner, kind)],
    [3, () => collection(inner, kind)],
    [2, () => comprehension(inner, kind)],
    [1, () => membership(inner, kind)],
    [0.5, () => interpolation(inner, kind)],
  ])();
}

export function constant(scope: Scope, kind: Kind): string {
  const { random } = scope;
  switch (kind) {
    case 'any':
      return scalarText(random);
    case 'number':
      return numberText(random);
    case 'boolean':
      return random.pick(['true', 'false']);
    case 'null':
      return 'null';
    case 'array':
      return `[${random.times(0, 3, () => scalarText(random)).join(', ')}]`;
    case 'object':
      return `{${uniqueKeys(scope)
        .map((key) => `"${key}": ${scalarText(random)}`)
        .join(', ')}}`;
    case 'set':
      return random.chance(0.2) ? 'set()' : `{${random.times(1, 3, () => scalarText(random)).join(', ')}}`;
    default:
      return isText(kind) ? sampleText(random, kind) : stringText(random);
  }
}

function uniqueKeys({ random }: Scope): string[] {
  return [...new Set(random.times(0, 3, () => random.pick(keys)))];
}

const inputRefs: Partial<Record<Kind, readonly string[]>> = {
  number: ['input.n', 'input.nums[0]', 'data.base.limit', 'input.items[0].score', 'data.base.levels.LOW'],
  string: ['input.s', 'input.strs[0]', 'data.base.names[1]', 'input.items[0].name'],
  boolean: ['input.flag'],
  array: ['input.nums', 'input.strs', 'input.items', 'data.base.names', 'data.base.rows'],
  object: ['input.obj', 'input', 'data.base.levels', 'input.items[0]'],
  null: ['data.base.none'],
  any: [
    'input.any',
    'input.any.a',
    'input.any[0]',
    'input.obj.a',
    'input.missing',
    'data.base.missing',
    'input',
  ],
};

/** A reference into input or data; now and then one of another kind, which only evaluation can tell. */
function inputRef(scope: Scope, kind: Kind): string {
  const { random } = scope;
  const kinds: Kind[] = ['number', 'string', 'boolean', 'array', 'object', 'any'];
  const refs = inputRefs[random.chance(0.1) ? random.pick(kinds) : kind];
  if (refs === undefined) return constant(scope, kind);
  const ref = random.pick(refs);
  return kind === 'any' && random.chance(0.15) ? `${ref}[${term(scope)}]` : ref;
}

function fits(rule: RuleName, kind: Kind): boolean {
  if (kind === 'any') return true;
  if (rule.form === 'set' || rule.form === 'object') return rule.form === kind;
  return rule.value === kind || rule.value === 'any';
}

/** A use of a rule of the module: its value, an element of it, or a call. */
export function ruleUse(scope: Scope, kind: Kind): string {
  const { random } = scope;
  const rules = scope.rules.filter((rule) => fits(rule, kind));
  if (rules.length === 0) return constant(scope, kind);
  const rule = random.pick(rules);
  const name = random.chance(0.15) ? `data.fuzz.${rule.name}` : rule.name;
  if (rule.form === 'function') {
    const arity = random.chance(0.005) ? rule.arity + 1 : rule.arity;
    return `${name}(${Array.from({ length: arity }, () => term(scope)).join(', ')})`;
  }
  const element = kind === 'any' && rule.form !== 'complete' && random.chance(0.4);
  return element ? `${name}[${term(scope)}]` : name;
}

export function call(scope: Scope, kind: Kind): string {
  const { random } = scope;
  const all = builtinCalls.filter(
    ({ name, result }) =>
      (kind === 'any' || result === kind) &&
      // OPA's YAML writer quotes other texts than ours does.
      (name !== 'yaml.marshal' || scope.features.has('yaml-marshal')),
  );
  if (all.length === 0) return constant(scope, kind);
  if (random.chance(0.002)) return `no.such.builtin(${term(scope)})`;
  const { name, args } = random.pick(all);
  return `${name}(${args.map((each) => argument(scope, each)).join(', ')})`;
}

function argument(scope: Scope, kind: Argument): string {
  const { random } = scope;
  if (random.chance(ILL_TYPED)) return term(scope);
  const many = (of: Kind): string => `[${random.times(0, 3, () => term(scope, of)).join(', ')}]`;
  switch (kind) {
    case 'small':
      return String(random.int(-2, 9));
    case 'numbers':
      return random.chance(0.3) ? 'input.nums' : many('number');
    case 'strings':
      return random.chance(0.3) ? 'input.strs' : many('string');
    case 'sets':
      return `{${random.times(1, 3, () => term(scope, 'set')).join(', ')}}`;
    case 'pointers':
      return `[${random.times(0, 2, () => term(scope, 'pointer')).join(', ')}]`;
    case 'collection':
      return term(scope, random.pick<Kind>(['array', 'set']));
    default:
      return term(scope, kind);
  }
}

function operation(scope: Scope, kind: Kind): string {
  const all = infix.filter(([, , , result]) => kind === 'any' || result === kind);
  if (all.length === 0) return constant(scope, kind);
  const [operator, left, right] = scope.random.pick(all);
  return `(${argument(scope, left)} ${operator} ${argument(scope, right)})`;
}

function collection(scope: Scope, kind: Kind): string {
  const { random } = scope;
  const shape = kind === 'any' ? random.pick<Kind>(['array', 'object', 'set']) : kind;
  if (shape === 'array') return `[${random.times(0, 3, () => term(scope)).join(', ')}]`;
  if (shape === 'set') return `{${random.times(1, 3, () => term(scope)).join(', ')}}`;
  if (shape !== 'object') return constant(scope, kind);
  const key = (name: string): string => (random.chance(0.1) ? scalarText(random) : `"${name}"`);
  return `{${uniqueKeys(scope)
    .map((name) => `${key(name)}: ${term(scope)}`)
    .join(', ')}}`;
}

function comprehension(scope: Scope, kind: Kind): string {
  const shape = kind === 'any' ? scope.random.pick<Kind>(['array', 'object', 'set']) : kind;
  if (shape !== 'array' && shape !== 'object' && shape !== 'set') return constant(scope, kind);
  const own = scope.inner();
  const body = own.body(own, 2).join('; ');
  if (shape === 'array') return `[${term(own)} | ${body}]`;
  if (shape === 'set') return `{${term(own)} | ${body}}`;
  return `{${term(own, own.random.chance(0.7) ? 'string' : 'any')}: ${term(own)} | ${body}}`;
}

function membership(scope: Scope, kind: Kind): string {
  if (scope.dialect === 'v0' || (kind !== 'any' && kind !== 'boolean')) return constant(scope, kind);
  const { random } = scope;
  const key = random.chance(0.3) ? `${term(scope)}, ` : '';
  return `(${key}${term(scope)} in ${term(scope, random.pick<Kind>(['array', 'set', 'object']))})`;
}

function interpolation(scope: Scope, kind: Kind): string {
  if (!scope.features.has('templates') || (kind !== 'any' && kind !== 'string')) return constant(scope, kind);
  return `$"<{${scope.random.chance(0.5) ? 'input.any' : term(scope)}}>"`;
}
