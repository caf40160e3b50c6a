import { expect, test } from 'vitest';
import { matches, parseFieldSelector, parseLabelSelector } from './selectors.ts';
import type { Obj } from './types.ts';

const object: Obj = {
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name: 'x', labels: { app: 'shop', tier: '2', 'a.io/b': 'c' } },
};
const read = (_object: Obj, field: string): string => (field === 'metadata.name' ? 'x' : '');

test.each([
  ['app=shop', true],
  ['app==shop', true],
  ['app = shop', true],
  ['app!=shop', false],
  ['none!=shop', true],
  ['app', true],
  ['!app', false],
  ['!none', true],
  ['none', false],
  ['app in (shop,cart)', true],
  ['app in (cart)', false],
  ['app notin (cart)', true],
  ['none notin (cart)', true],
  ['a.io/b=c,app=shop', true],
  ['a.io/b=c,app=cart', false],
  ['tier>1', true],
  ['tier<2', false],
  ['app=', false],
  ['', true],
])('-l %s', (text, wanted) => {
  expect(matches({ labels: parseLabelSelector(text), fields: [] }, object, read)).toBe(wanted);
});

test.each(['a in', 'a in (', '=b', 'a b', 'a=b c', 'a in (b c)', '-x=1', 'a==b==c'])(
  'no selector: %s',
  (text) => {
    expect(() => parseLabelSelector(text)).toThrowError(expect.objectContaining({ code: 400 }));
  },
);

test.each([
  ['metadata.name=x', true],
  ['metadata.name==x', true],
  ['metadata.name!=x', false],
  ['metadata.name=y', false],
])('--field-selector %s', (text, wanted) => {
  expect(matches({ labels: [], fields: parseFieldSelector(text, ['metadata.name']) }, object, read)).toBe(
    wanted,
  );
});

test('a field that cannot be selected by', () => {
  expect(() => parseFieldSelector('spec.x=1', ['metadata.name'])).toThrowError(
    'field label not supported: spec.x',
  );
});
