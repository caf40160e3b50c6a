// What Rego v1 forbids that v0 allowed.
import { entryAt } from './cursor.ts';
import type { Module, Rule } from '../ast.ts';
import type { RegoErrorEntry } from '../types.ts';

const KEYWORDS = new Set([
  'as',
  'contains',
  'default',
  'else',
  'every',
  'false',
  'if',
  'import',
  'in',
  'not',
  'null',
  'package',
  'some',
  'true',
  'with',
]);

export function checkV1(module: Module): RegoErrorEntry[] {
  return module.rules.flatMap(checkRule);
}

function checkRule(rule: Rule): RegoErrorEntry[] {
  const errors: RegoErrorEntry[] = [];
  const { head } = rule;
  const name = head.ref[0]?.kind === 'var' ? head.ref[0].name : '';
  if (head.ref.length < 2 && KEYWORDS.has(name))
    errors.push(entryAt(`${name} keyword cannot be used for rule name`, rule.loc));
  const generated = rule.generatedBody === true || rule.default;
  if (!generated && !head.usesIf) errors.push(entryAt('`if` keyword is required before rule body', rule.loc));
  if (head.key !== undefined && !head.contains)
    errors.push(entryAt('`contains` keyword is required for partial set rules', rule.loc));
  else if (generated && !rule.default && head.generatedValue === true) {
    errors.push(entryAt(`${name} must have value assignment and/or body declaration`, rule.loc));
  }
  return rule.else === undefined ? errors : [...errors, ...checkRule(rule.else)];
}
