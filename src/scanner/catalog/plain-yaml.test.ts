import * as fc from 'fast-check';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { readPlainYaml } from './plain-yaml.ts';

/** What the whole parser makes of it, every scalar as text. */
function parsed(text: string): unknown {
  return withoutNull(parse(text, { schema: 'failsafe' }));
}

function withoutNull(value: unknown): unknown {
  if (value === null) return '';
  if (Array.isArray(value)) return value.map(withoutNull);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutNull(inner)]));
}

describe('reads what lock files hold, as the whole parser does', () => {
  test.each([
    ['a: b\n'],
    ["'a b': \"c\"\n'it''s': x\n"],
    ['a:\n  b:\n    c: d\n  e: f\ng: h\n'],
    ['a: {b: c, d: {e: f}, g: [h, i]}\n'],
    ["a: {node: '>=10', npm: \"x, y\", 'k:': v}\n"],
    ['a: []\nb: {}\nc:\n'],
    ['a:\n- b\n- c\nd:\n  - e\n'],
    ['a: http://x.y/z#w\n'],
    ['# only\na: b # said\n\nc: d\n'],
    ['a@1.0.0(b@2.0.0): {}\n/c@1: d\n'],
    ['a: 1.10\nb: true\nc: null\nd: ~\n'],
    ['a: x y z\n'],
    ["a: 'b # c'\n"],
    ['__proto__: x\nconstructor: y\n'],
  ])('%j', (text) => {
    expect(readPlainYaml(text)).not.toBeUndefined();
    expect(withoutNull(readPlainYaml(text))).toEqual(parsed(text));
  });

  test('a block of text, without its indentation', () => {
    expect(readPlainYaml('a: |-\n  one\n    two\n\n  three\nb: c\n')).toEqual({
      a: 'one\ntwo\n\nthree',
      b: 'c',
    });
  });
});

describe('leaves the rest to the whole parser', () => {
  test.each([
    ['a: &x b\n'],
    ['a: *x\n'],
    ['a: !!str b\n'],
    ['? a\n: b\n'],
    ['a: b\n c: d\n'],
    ['a: b\n  c\n'],
    ["a: 'b\n  c'\n"],
    ['a: "b\\n"\n'],
    ['a: {b: c,\n  d: e}\n'],
    ['---\na: b\n'],
    ['a: b\na: c\n'],
    ['- a: b\n'],
    ['- - a\n'],
    ['a:\tb\n'],
    ['a: b: c\n'],
    ['a: >-\n  x\n  y\n {\n'],
    ['<<: {a: b}\nx: @y\n'],
    ['{a: b}\n'],
    ['a: [b, [c]\n'],
  ])('%j', (text) => {
    expect(readPlainYaml(text)).toBeUndefined();
  });
});

test('whatever it takes, the whole parser takes and understands alike', () => {
  const scalar = fc.constantFrom(
    'a',
    'b c',
    "'q'",
    '"d"',
    '1.10',
    '{x: y}',
    '[p, q]',
    '{}',
    '[]',
    '',
    'k: v',
    '#',
    "'",
    '@',
    '- i',
    'u:v',
    '&a',
    '*a',
    '|-',
    '{x: [}',
    'a,b',
    'a # b',
    '~',
  );
  const key = fc.constantFrom('a', 'b', "'c d'", 'e@1', '- ', '"f"', '?', '[', 'g#');
  const line = fc
    .tuple(fc.nat(3), key, scalar)
    .map(([indent, name, value]) => `${'  '.repeat(indent)}${name}: ${value}`);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const text = `${lines.join('\n')}\n`;
      if (text.includes('|')) return; // blocks of text lose their indentation on purpose
      const value = readPlainYaml(text);
      if (value === undefined) return;
      expect(withoutNull(value)).toEqual(lines.length === 0 ? {} : (parsed(text) ?? {}));
    }),
    { numRuns: Number(process.env['SCANLINK_FUZZ_RUNS'] ?? 4000) },
  );
});
