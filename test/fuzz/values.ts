// Constants: numbers and texts at the edges, JSON documents, and the documents every case sees.
import type { Random } from './random.ts';

const numbers = [
  '0', '1', '2', '3', '-1', '7', '10', '1.5', '0.1', '-2.5', '1.0', '1e3', '1e-7', '100', '255',
  '9007199254740993', '12345678901234567890', '0.30000000000000004', '3.00', '1e21', '-0.5',
]; // prettier-ignore
const strings = [
  '', 'a', 'b', 'c', 'ab', 'abc', 'A', 'é', '😀', 'a/b', 'a.b', 'x y', '1', '10', 'true', 'foo', 'bar',
  'HIGH', 'CVE-2024-1', '\t', '"', '\\', '%', 'aXbXc',
]; // prettier-ignore
export const keys = ['a', 'b', 'c', 'x', 'y', 'list', 'name'];

export function numberText(random: Random): string {
  return random.chance(0.7) ? String(random.int(-3, 12)) : random.pick(numbers);
}

export function stringText(random: Random): string {
  return JSON.stringify(random.pick(strings));
}

export function scalarText(random: Random): string {
  return random.weighted<() => string>([
    [4, () => numberText(random)],
    [4, () => stringText(random)],
    [1, () => 'true'],
    [1, () => 'false'],
    [1, () => 'null'],
  ])();
}

/** A JSON document; numbers keep the text they are written with. */
export function jsonText(random: Random, depth = 2): string {
  if (depth === 0 || random.chance(0.35)) return scalarText(random);
  if (random.chance(0.5)) return `[${random.times(0, 3, () => jsonText(random, depth - 1)).join(', ')}]`;
  const names = new Set(random.times(0, 3, () => random.pick(keys)));
  return `{${[...names].map((key) => `"${key}": ${jsonText(random, depth - 1)}`).join(', ')}}`;
}

/** An input in the shape that generated references look for, with random documents at its ends. */
export function inputText(random: Random): string {
  const members = [
    `"n": ${numberText(random)}`,
    `"s": ${stringText(random)}`,
    `"nums": [${random.times(0, 4, () => numberText(random)).join(', ')}]`,
    `"strs": [${random.times(0, 4, () => stringText(random)).join(', ')}]`,
    `"obj": {${[...new Set(random.times(0, 4, () => random.pick(keys)))].map((key) => `"${key}": ${jsonText(random, 1)}`).join(', ')}}`,
    `"items": [${random.times(0, 3, () => `{"name": ${stringText(random)}, "score": ${numberText(random)}, "tags": [${random.times(0, 2, () => stringText(random)).join(', ')}]}`).join(', ')}]`,
    `"flag": ${random.pick(['true', 'false', 'null'])}`,
    `"any": ${jsonText(random)}`,
  ];
  return `{${members.filter(() => random.chance(0.9)).join(', ')}}`;
}

/** The base document `data.base` of every case. */
export const baseText =
  '{"limit": 5, "names": ["a", "b", "foo"], "levels": {"HIGH": 3, "LOW": 1.50}, "rows": [{"name": "a", "n": 1}, {"name": "b", "n": 2}], "none": null}';
