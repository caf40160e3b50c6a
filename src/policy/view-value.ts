/** Views of a report as values of the Rego engine. */
import { fromJs, RegoObject } from '../rego/index.ts';
import type { Value } from '../rego/index.ts';

/**
 * As `fromJs`, but what several places of the view share is one value: a vulnerability's ratings, say, which hundreds of
 * components have. The view must be plain JSON, and must not be changed afterwards.
 */
export function valueOfView(view: unknown): Value {
  const known = new WeakMap<object, Value>();
  const convert = (source: unknown): Value => {
    if (typeof source !== 'object' || source === null) return fromJs(source);
    const earlier = known.get(source);
    if (earlier !== undefined) return earlier;
    const value = Array.isArray(source) ? source.map(convert) : RegoObject.lazy(membersOf(source), convert);
    known.set(source, value);
    return value;
  };
  return convert(view);
}

/** A view is plain JSON: what is no array is a record. */
function membersOf(source: object): Readonly<Record<string, unknown>> {
  return source as Readonly<Record<string, unknown>>;
}
