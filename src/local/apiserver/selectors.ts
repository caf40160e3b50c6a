/** Label and field selectors, as in `-l` and `--field-selector`. */
import { badRequest } from './api-error.ts';
import type { Obj } from './types.ts';

export interface Selector {
  readonly labels: readonly LabelTerm[];
  readonly fields: readonly FieldTerm[];
}

interface LabelTerm {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent' | 'gt' | 'lt';
  readonly values: readonly string[];
}

interface FieldTerm {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

const keyPattern = /^(?:[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const valuePattern = /^(?:[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

const setTerm = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
const equalTerm = /^([^\s=!<>]+)\s*(==|=|!=|>|<)\s*([^\s=!<>]*)$/;

function unable(text: string, why: string): Error {
  return badRequest(`unable to parse requirement: ${why}: ${JSON.stringify(text)}`);
}

/** Commas inside parentheses belong to their term. */
function splitTerms(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}

/** @throws ApiError 400 for text that is no selector */
export function parseLabelSelector(text: string): LabelTerm[] {
  return splitTerms(text).map((term) => {
    const parsed = parseLabelTerm(term);
    if (!parsed) throw unable(term, 'found an unexpected token');
    if (!keyPattern.test(parsed.key)) throw unable(parsed.key, 'invalid label key');
    const bad = parsed.values.find((value) => !valuePattern.test(value));
    if (bad !== undefined) throw unable(bad, 'invalid label value');
    return parsed;
  });
}

function parseLabelTerm(term: string): LabelTerm | undefined {
  const inSet = setTerm.exec(term);
  if (inSet?.[1]) {
    const values = (inSet[3] ?? '').split(',').map((value) => value.trim());
    return { key: inSet[1], operator: inSet[2] === 'in' ? 'in' : 'notin', values };
  }
  const equal = equalTerm.exec(term);
  if (equal?.[1]) {
    const operators = { '=': 'in', '==': 'in', '!=': 'notin', '>': 'gt', '<': 'lt' } as const;
    const operator = operators[equal[2] as keyof typeof operators];
    return { key: equal[1], operator, values: [equal[3] ?? ''] };
  }
  if (/^![^\s]+$/.test(term)) return { key: term.slice(1), operator: 'absent', values: [] };
  return /^\S+$/.test(term) ? { key: term, operator: 'exists', values: [] } : undefined;
}

/** @throws ApiError 400 for text that is no selector, or a field that `supported` does not name */
export function parseFieldSelector(text: string, supported: readonly string[]): FieldTerm[] {
  return splitTerms(text).map((term) => {
    const match = /^([^=!]+?)(==|=|!=)(.*)$/.exec(term);
    if (!match?.[1]) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
    if (!supported.includes(match[1])) throw badRequest(`field label not supported: ${match[1]}`);
    const value = (match[3] ?? '').replaceAll(/\\([\\,=])/g, '$1');
    return { field: match[1], equal: match[2] !== '!=', value };
  });
}

/** A selectable field's value; absent ones are the empty string. */
export type FieldReader = (object: Obj, field: string) => string;

export function matches(selector: Selector, object: Obj, read: FieldReader): boolean {
  const labels = object.metadata.labels ?? {};
  return (
    selector.labels.every((term) => matchesLabel(term, labels)) &&
    selector.fields.every((term) => (read(object, term.field) === term.value) === term.equal)
  );
}

function matchesLabel(term: LabelTerm, labels: { [key: string]: string }): boolean {
  const value = Object.hasOwn(labels, term.key) ? labels[term.key] : undefined;
  const [bound = ''] = term.values;
  if (term.operator === 'absent') return value === undefined;
  if (term.operator === 'notin') return value === undefined || !term.values.includes(value);
  if (value === undefined) return false;
  if (term.operator === 'in') return term.values.includes(value);
  if (term.operator === 'gt') return Number(value) > Number(bound);
  return term.operator === 'exists' || Number(value) < Number(bound);
}

export const everything: Selector = { labels: [], fields: [] };

export const isEverything = (selector: Selector): boolean =>
  selector.labels.length === 0 && selector.fields.length === 0;

/** The one name that a field selector asks for, if it does: lists and watches by name need not look at the rest. */
export function selectedName(selector: Selector): string | undefined {
  return selector.fields.find((term) => term.field === 'metadata.name' && term.equal)?.value;
}
