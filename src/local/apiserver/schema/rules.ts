/** x-kubernetes-validations: CEL rules between fields, bounded in size and number. */
import { Environment } from '@marcbachmann/cel-js';
import { messageOf } from '../../../lib/errors.ts';
import type { Cause } from '../api-error.ts';
import type { Json } from '../types.ts';
import { childSchema } from './schema.ts';
import type { Schema, ValidationRule } from './schema.ts';
import { isObject } from './unknown.ts';

/** Rules checked for one object; a list of many items with a rule each may come to more, and is refused. */
const maxChecks = 10_000;

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
  limits: {
    maxAstNodes: 5_000,
    maxDepth: 60,
    maxListElements: 500,
    maxMapEntries: 500,
    maxCallArguments: 16,
  },
});

type Program = ReturnType<typeof environment.parse>;
const programs = new Map<string, Program | string>();

/** The compiled rule, or what is wrong with it. */
function compile(rule: string): Program | string {
  const found = programs.get(rule);
  if (found !== undefined) return found;
  let made: Program | string;
  try {
    made = environment.parse(rule);
  } catch (error) {
    made = messageOf(error);
  }
  if (programs.size > 500) programs.clear();
  programs.set(rule, made);
  return made;
}

const withRules = new WeakMap<Schema, boolean>();

/** Whether `schema` has a rule anywhere; most have none, and then no value is walked. */
export function hasRules(schema: Schema): boolean {
  const found = withRules.get(schema);
  if (found !== undefined) return found;
  const more = schema.additionalProperties;
  const result =
    (schema['x-kubernetes-validations']?.length ?? 0) > 0 ||
    Object.values(schema.properties ?? {}).some(hasRules) ||
    (schema.items !== undefined && hasRules(schema.items)) ||
    (typeof more === 'object' && hasRules(more));
  withRules.set(schema, result);
  return result;
}

/** What is wrong with the rules themselves, for checking a definition: path and message. */
export function checkRules(schema: Schema, path: string): Cause[] {
  const causes: Cause[] = [];
  schema['x-kubernetes-validations']?.forEach((rule, index) => {
    const program = compile(rule.rule);
    if (typeof program !== 'string') return;
    causes.push({
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(rule.rule)}: compilation failed: ${program}`,
      field: `${path}.x-kubernetes-validations[${index}].rule`,
    });
  });
  for (const [name, child] of Object.entries(schema.properties ?? {}))
    causes.push(...checkRules(child, `${path}.properties[${name}]`));
  if (schema.items) causes.push(...checkRules(schema.items, `${path}.items`));
  if (typeof schema.additionalProperties === 'object')
    causes.push(...checkRules(schema.additionalProperties, `${path}.additionalProperties`));
  return causes;
}

/** Evaluates every rule of `schema` for `value`; `old` is the state before an update, for rules that name oldSelf. */
export function evaluateRules(value: Json | undefined, old: Json | undefined, schema: Schema): Cause[] {
  const causes: Cause[] = [];
  const budget = { left: maxChecks };
  walk(value, old, schema, '', causes, budget);
  return causes;
}

function walk(
  value: Json | undefined,
  old: Json | undefined,
  schema: Schema,
  path: string,
  causes: Cause[],
  budget: { left: number },
): void {
  if (value === undefined || value === null || !hasRules(schema)) return;
  for (const rule of schema['x-kubernetes-validations'] ?? []) {
    budget.left -= 1;
    if (budget.left < 0) return;
    const cause = evaluate(rule, value, old, path);
    if (cause) causes.push(cause);
  }
  if (Array.isArray(value)) {
    if (schema.items)
      for (const [index, item] of value.entries())
        walk(item, undefined, schema.items, `${path}[${index}]`, causes, budget);
    return;
  }
  if (!isObject(value)) return;
  for (const [field, inner] of Object.entries(value)) {
    const child = childSchema(schema, field);
    const before = isObject(old) ? old[field] : undefined;
    if (child) walk(inner, before, child, path === '' ? field : `${path}.${field}`, causes, budget);
  }
}

/** Steps that the loops of one rule may take; each is well under a microsecond. */
const maxSteps = 1_000_000;

/** An upper bound: as if every loop in the rule stood inside the others and ran over the longest list. */
function cost(rule: string, value: Json): number {
  const loops = rule.match(/\.\s*(?:all|exists|exists_one|existsOne|map|filter)\s*\(/g)?.length ?? 0;
  return loops === 0 ? 0 : longest(value) ** loops;
}

function longest(value: Json | undefined): number {
  if (typeof value !== 'object' || value === null) return 1;
  const items = Object.values(value);
  return items.reduce<number>((most, item) => Math.max(most, longest(item)), items.length);
}

function evaluate(rule: ValidationRule, value: Json, old: Json | undefined, path: string): Cause | undefined {
  // A transition rule says nothing about an object that has no past.
  if (old === undefined && rule.optionalOldSelf !== true && /\boldSelf\b/.test(rule.rule)) return undefined;
  const program = compile(rule.rule);
  if (cost(rule.rule, value) > maxSteps)
    return {
      reason: 'FieldValueInvalid',
      message: `Invalid value: too large for the rule: ${rule.rule}`,
      field: path,
    };
  const field = rule.fieldPath ? `${path}${rule.fieldPath}` : path;
  const fail = (detail: string): Cause => ({
    reason: rule.reason ?? 'FieldValueInvalid',
    message:
      isObject(value) || Array.isArray(value)
        ? `Invalid value: ${detail}`
        : `Invalid value: ${JSON.stringify(value)}: ${detail}`,
    field,
  });
  if (typeof program === 'string') return fail(`rule compile error: ${program}`);
  try {
    const result: unknown = program({ self: integers(value), oldSelf: integers(old ?? null) });
    if (result === true) return undefined;
  } catch (error) {
    return fail(`${messageOf(error)} evaluating rule: ${rule.rule}`);
  }
  return fail(rule.message ?? `failed rule: ${rule.rule}`);
}

/** JSON's numbers as CEL sees them: whole ones are ints. */
function integers(value: Json | undefined): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(integers);
  if (!isObject(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, integers(inner)]));
}
