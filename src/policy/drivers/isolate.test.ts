import { describe, expect, test } from 'vitest';
import { PolicyProblem } from '../failures.ts';
import { isolate } from './isolate.ts';
import type { Isolated } from './isolate.ts';
import { readPolicy } from './source.ts';

const isolated = (source: string): Isolated => isolate(readPolicy(source, 'gate'), 'own.r');

test.each([
  ['package main\ndeny["a"] { true }', 'package own.r.main\ndeny["a"] { true }'],
  [
    '# package main\n package  policies # data.x\nisCompliant { true }',
    '# package main\n package  own.r.policies # data.x\nisCompliant { true }',
  ],
  ['package main\ndeny[data.main.x] { true }', 'package own.r.main\ndeny[data.own.r.main.x] { true }'],
  ['package main\ndeny[data["main"].x] { true }', 'package own.r.main\ndeny[data.own.r["main"].x] { true }'],
  [
    'package main\nimport data.a as b\ndeny[b] { true }',
    'package own.r.main\nimport data.own.r.a as b\ndeny[b] { true }',
  ],
  ['package main\ndeny[x] { x := data[y].z }', 'package own.r.main\ndeny[x] { x := data.own.r[y].z }'],
  [
    'package main\ndeny[x] { x := "data.main"; input.data.main; y := `data.main` }',
    'package own.r.main\ndeny[x] { x := "data.main"; input.data.main; y := `data.main` }',
  ],
  [
    'package main\ndeny[x] { x := $"data.a {data.a} data.a" }',
    'package own.r.main\ndeny[x] { x := $"data.a {data.own.r.a} data.a" }',
  ],
  [
    'package main\ndeny["a"] { true with data.x as 1 }',
    'package own.r.main\ndeny["a"] { true with data.own.r.x as 1 }',
  ],
])('%s', (source, wanted) => {
  expect(isolated(source).source).toBe(wanted);
});

describe('what cannot be given a data of its own is refused', () => {
  test.each([
    'deny[x] { x := data }',
    'deny["a"] { f(1) }\nf(data) { data == 1 }',
    'deny["a"] { true with data as {} }',
    'deny["a"] { data := 1; data == 1 }',
    'deny["a"] { some data; data.x }',
    'deny["a"] { {data: 1} }',
    'deny["a"] { walk(data, [p, v]) }',
  ])('%s', (rules) => {
    expect(() => isolated(`package main\n${rules}`)).toThrow(PolicyProblem);
  });
});

test('places and words are those of the author', () => {
  const { source, place, words } = isolated('package main; deny[data.main.a] { data.main.b; x }');
  for (const word of ['deny', 'x }', '{ data', 'main.b']) {
    const column = source.lastIndexOf(word) + 1;
    expect(place(1, column)).toBe('package main; deny[data.main.a] { data.main.b; x }'.lastIndexOf(word) + 1);
  }
  expect(place(2, 7)).toBe(7);
  expect(words('rule data.own.r.main.deny, package own.r.main')).toBe('rule data.main.deny, package main');
});
