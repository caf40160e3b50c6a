/** The part of JSONPath that print columns and kubectl's own columns use: fields, indices, `*`, filters by equality. */
import type { Json } from '../types.ts';
import { isObject } from '../schema/unknown.ts';

type Step =
  | { readonly field: string }
  | { readonly index: number }
  | { readonly every: true }
  | { readonly filter: readonly string[]; readonly value: Json };

const pattern =
  /\.([\w-]+(?:\\\.[\w-]+)*)|\['([^']*)'\]|\["([^"]*)"\]|\[(-?\d+)\]|\.\*|\[\*\]|\[\?\(@((?:\.[\w-]+)+)\s*==\s*(?:'([^']*)'|"([^"]*)"|([\w.-]+))\)\]/y;

/** The steps of `path` (`.status.conditions[?(@.type=="Ready")].status`); undefined for what we cannot read. */
export function parseJsonPath(path: string): readonly Step[] | undefined {
  const text = path.replace(/^\{(.*)\}$/, '$1').replace(/^\$/, '');
  const steps: Step[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match) return undefined;
    const [, field, single, double, index, filter, one, two, bare] = match;
    const name = field?.replaceAll('\\.', '.') ?? single ?? double;
    if (name !== undefined) steps.push({ field: name });
    else if (index !== undefined) steps.push({ index: Number(index) });
    else if (filter !== undefined)
      steps.push({ filter: filter.slice(1).split('.'), value: one ?? two ?? literal(bare ?? '') });
    else steps.push({ every: true });
  }
  return steps;
}

function literal(text: string): Json {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Every value the path leads to, in order. */
export function evaluate(steps: readonly Step[], value: Json): Json[] {
  let found: Json[] = [value];
  for (const step of steps) found = found.flatMap((item) => advance(step, item));
  return found;
}

function advance(step: Step, value: Json): Json[] {
  if ('field' in step) {
    const inner = isObject(value) && Object.hasOwn(value, step.field) ? value[step.field] : undefined;
    return inner === undefined ? [] : [inner];
  }
  if ('index' in step) {
    const inner = Array.isArray(value) ? value.at(step.index) : undefined;
    return inner === undefined ? [] : [inner];
  }
  const items = Array.isArray(value)
    ? value
    : isObject(value)
      ? Object.values(value).filter((item) => item !== undefined)
      : [];
  if ('every' in step) return items;
  return items.filter((item) => {
    const steps = step.filter.map((field) => ({ field }));
    return evaluate(steps, item).some((inner) => inner === step.value);
  });
}
