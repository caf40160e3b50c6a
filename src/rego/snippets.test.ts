// Small policies with the answers OPA gave, read from the folder that SCANLINK_TEST_DATA names.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile, equal, fromJson, isArray, RegoErrors, RegoObject, toJson, type Value } from './index.ts';

const folder = process.env['SCANLINK_TEST_DATA'];
const file = folder === undefined ? undefined : join(folder, 'rego', 'snippets.json');
const present = file !== undefined && existsSync(file);

function readCases(): RegoObject[] {
  if (!present || file === undefined) return [];
  const document = fromJson(readFileSync(file, 'utf8'));
  const cases = document instanceof RegoObject ? document.get('cases') : undefined;
  if (!isArray(cases)) throw new Error('snippets.json holds no list "cases"');
  return cases.filter((item) => item instanceof RegoObject);
}

function textAt(object: RegoObject, key: string): string {
  const value = object.get(key);
  return typeof value === 'string' ? value : '';
}

/** The answer as snippets.json writes it. */
function answer(item: RegoObject, strict: boolean): Value {
  try {
    const policy = compile([{ name: 'snippet.rego', source: textAt(item, 'policy') }]);
    const input = item.get('input');
    const results = policy.query(textAt(item, 'query')).evaluate({ input, strictBuiltinErrors: strict });
    const value = results[0]?.expressions[0]?.value;
    return RegoObject.from([value === undefined ? ['undefined', true] : ['result', fromJson(toJson(value))]]);
  } catch (error) {
    if (!(error instanceof RegoErrors)) throw error;
    const [first] = error.errors;
    return RegoObject.from([
      ['error_code', first?.code ?? ''],
      ['error', first?.message ?? ''],
    ]);
  }
}

function expected(item: RegoObject): Value {
  const keys = ['result', 'undefined', 'error_code', 'error'];
  return RegoObject.from(
    [...item.entries()].filter(([key]) => typeof key === 'string' && keys.includes(key)),
  );
}

describe.skipIf(!present)('snippets (set SCANLINK_TEST_DATA to run them)', () => {
  const cases = readCases();
  it.each(cases.map((item, index) => ({ index, policy: textAt(item, 'policy'), item })))(
    '$index: $policy',
    ({ item }) => {
      const got = answer(item, false);
      expect(equal(got, expected(item)), `${toJson(got)} instead of ${toJson(expected(item))}`).toBe(true);
      const strict = item.get('strict');
      if (strict !== undefined) expect(toJson(answer(item, true))).toBe(toJson(strict));
    },
  );
});
