import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromJs, RegoObject, toJson } from '../rego/index.ts';
import { valueOfView } from './view-value.ts';

test('is what fromJs gives', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (view) => {
      expect(toJson(valueOfView(view))).toBe(toJson(fromJs(view)));
    }),
  );
});

test('what is shared in the view is one value', () => {
  const shared = { id: 'CVE-2024-0001' };
  const value = valueOfView({ a: { v: shared }, b: { v: shared } });
  const member = (name: string): unknown => {
    const inner = value instanceof RegoObject ? value.get(name) : undefined;
    return inner instanceof RegoObject ? inner.get('v') : undefined;
  };
  expect(member('a')).toBeInstanceOf(RegoObject);
  expect(member('a')).toBe(member('b'));
});
