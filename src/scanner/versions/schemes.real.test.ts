/** Schemes against the programs that define them, on made versions. */
import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { compare as compareByNpm, valid } from 'semver';
import { describe, expect, test } from 'vitest';
import { loadVersions } from './schemes.ts';
import type { SchemeName } from './schemes.ts';

type Pair = readonly [string, string];

/** Pairs of which the second is often a small change of the first: that is where orders differ. */
function pairsOf(version: fc.Arbitrary<string>, piece: fc.Arbitrary<string>, count: number): Pair[] {
  const close = fc
    .tuple(version, fc.nat(12), piece)
    .map(([text, at, insert]): Pair => [text, text.slice(0, at) + insert + text.slice(at)]);
  return fc.sample(fc.oneof(fc.tuple(version, version), close), { numRuns: count, seed: 1 });
}

function program(name: string, args: readonly string[], input: string): string | undefined {
  try {
    return execFileSync(name, args, {
      input,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

/** Where ours differs: `undefined` of theirs means that it refuses one of the two. */
async function differences(
  name: SchemeName,
  pairs: readonly Pair[],
  theirs: readonly (number | undefined)[],
): Promise<string[]> {
  const versions = await loadVersions(name);
  return pairs.flatMap(([a, b], index) => {
    const want = theirs[index];
    const got = Math.sign(versions.compare(a, b) ?? Number.NaN);
    return want === undefined || want === got ? [] : [`${a} against ${b}: ${got}, should be ${want}`];
  });
}

const number = fc.oneof(fc.nat(12), fc.constantFrom('00', '01', '010')).map(String);
const numbers = (most: number) =>
  fc.array(number, { minLength: 1, maxLength: most }).map((parts) => parts.join('.'));

test('npm, as its semver package', async () => {
  const word = fc.constantFrom('a', 'rc', 'beta', 'X', '0', '1', '10', '-', 'a-1');
  const tail = fc
    .array(word, { maxLength: 3 })
    .map((words) => (words.length === 0 ? '' : `-${words.join('.')}`));
  const version = fc
    .tuple(fc.nat(3), fc.nat(12), fc.nat(3), tail, fc.constantFrom('', '+x', '+1.2'))
    .map(([a, b, c, pre, build]) => `${a}.${b}.${c}${pre}${build}`);
  const pairs = pairsOf(version, word, 10_000);
  const theirs = pairs.map(([a, b]) => (valid(a) && valid(b) ? compareByNpm(a, b) : undefined));
  expect(theirs.filter((result) => result !== undefined).length).toBeGreaterThan(5000);
  expect(await differences('npm', pairs, theirs)).toEqual([]);
});

const pythonScript = `
import sys, json
from packaging.version import Version, InvalidVersion
out = []
for a, b in json.load(sys.stdin):
    try:
        a, b = Version(a), Version(b)
        out.append((a > b) - (a < b))
    except InvalidVersion:
        out.append(None)
print(json.dumps(out))
`;
const hasPython = program('python3', ['-c', 'import packaging.version'], '') !== undefined;

describe.skipIf(!hasPython)(
  `pep440${hasPython ? '' : ' (skipped, not on this machine: Python with packaging)'}`,
  () => {
    test("as Python's packaging", async () => {
      const piece = fc.constantFrom(
        'a1',
        '.b2',
        'rc',
        '-rc.1',
        '.post1',
        '-1',
        '.dev0',
        '+local',
        '+1.a',
        '1!',
        'v',
        '.0',
        '_',
        '.alpha',
        'c3',
        '.rev2',
      );
      const version = fc
        .tuple(fc.constantFrom('', '1!', 'v'), numbers(4), fc.array(piece, { maxLength: 3 }))
        .map(([epoch, base, rest]) => epoch + base + rest.join(''));
      const pairs = pairsOf(version, piece, 20_000);
      const answer = program('python3', ['-c', pythonScript], JSON.stringify(pairs)) ?? '[]';
      const theirs: (number | null)[] = JSON.parse(answer);
      expect(theirs.filter((result) => result !== null).length).toBeGreaterThan(5000);
      expect(
        await differences(
          'pep440',
          pairs,
          theirs.map((result) => result ?? undefined),
        ),
      ).toEqual([]);
    });
  },
);

const hasDpkg = program('dpkg', ['--compare-versions', '1', 'lt', '2'], '') !== undefined;

describe.skipIf(!hasDpkg)(`dpkg${hasDpkg ? '' : ' (skipped, not on this machine: dpkg)'}`, () => {
  test('as dpkg itself', async () => {
    const piece = fc.constantFrom(
      '~',
      '+',
      '.',
      'a',
      'Z',
      'rc',
      '-1',
      '-0',
      '~rc1',
      '+b1',
      '.0',
      '10',
      'ubuntu',
    );
    const version = fc
      .tuple(fc.constantFrom('', '0:', '1:'), numbers(3), fc.array(piece, { maxLength: 4 }))
      .map(([epoch, base, rest]) => epoch + base + rest.join(''));
    // dpkg complains of an epoch that is no number, and answers all the same.
    const isValid = (text: string): boolean => /^(?:\d+:)?\d[^:]*$/.test(text);
    const pairs = pairsOf(version, piece, 2500).filter((pair) => pair.every(isValid));
    expect(pairs.length).toBeGreaterThan(1000);
    // One shell for all: a process a pair is slow enough.
    const script =
      'while read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" eq "$b"; then echo 0; else echo 1; fi; done';
    const lines = (program('sh', ['-c', script], pairs.map((pair) => `${pair.join(' ')}\n`).join('')) ?? '')
      .trim()
      .split('\n');
    expect(lines).toHaveLength(pairs.length);
    expect(await differences('dpkg', pairs, lines.map(Number))).toEqual([]);
  });
});
