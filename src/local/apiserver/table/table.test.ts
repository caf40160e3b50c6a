import { expect, test } from 'vitest';
import type { Json } from '../types.ts';
import { age } from './duration.ts';
import { evaluate, parseJsonPath } from './json-path.ts';

const s = 1000;
const m = 60 * s;
const h = 60 * m;
const d = 24 * h;

test.each([
  [0, '0s'],
  [119 * s, '119s'],
  [2 * m, '2m'],
  [9 * m + 5 * s, '9m5s'],
  [10 * m + 5 * s, '10m'],
  [179 * m, '179m'],
  [3 * h + 5 * m, '3h5m'],
  [8 * h + 5 * m, '8h'],
  [47 * h, '47h'],
  [2 * d + h, '2d1h'],
  [8 * d + h, '8d'],
  [729 * d, '729d'],
  [730 * d, '2y'],
  [800 * d, '2y70d'],
  [9 * 365 * d, '9y'],
  [-5 * s, '<invalid>'],
])('%d ms is shown as %s', (ms, wanted) => {
  expect(age(ms)).toBe(wanted);
});

const value: Json = {
  status: {
    phase: 'Done',
    artifact: { git: { url: 'g' }, tag: 1 },
    conditions: [
      { type: 'A', status: 'False' },
      { type: 'B', status: 'True' },
    ],
  },
  metadata: { labels: { 'a.io/b': 'c' } },
};

test.each<[string, Json[] | undefined]>([
  ['.status.phase', ['Done']],
  ['{.status.phase}', ['Done']],
  ['$.status.phase', ['Done']],
  ['.status.none', []],
  ['.status.artifact.*.url', ['g']],
  ['.status.conditions[*].type', ['A', 'B']],
  ['.status.conditions[0].type', ['A']],
  ['.status.conditions[-1].type', ['B']],
  ['.status.conditions[?(@.type=="B")].status', ['True']],
  [".status.conditions[?(@.type=='C')].status", []],
  [".metadata.labels['a.io/b']", ['c']],
  ['.metadata.labels.a\\.io', []],
  ['.status[', undefined],
])('%s', (path, wanted) => {
  const steps = parseJsonPath(path);
  expect(steps && evaluate(steps, value)).toEqual(wanted);
});
