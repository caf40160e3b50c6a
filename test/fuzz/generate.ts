// A whole case: a module, and the inputs it is asked with.
import { bodyOf } from './bodies.ts';
import { Random } from './random.ts';
import { rule, type GeneratedRule } from './rules.ts';
import type { Dialect, Feature, RuleName } from './scope.ts';
import { inputText } from './values.ts';

export interface FuzzCase {
  readonly seed: number;
  readonly version: 0 | 1;
  readonly module: string;
  /** Names of its rules, below `data.fuzz`. */
  readonly rules: readonly string[];
  /** JSON texts. */
  readonly inputs: readonly string[];
  /** Whether builtin errors end the evaluation. */
  readonly strict: boolean;
}

const imports: Record<Dialect, string> = {
  v1: 'import rego.v1\n\n',
  future: 'import future.keywords\n\n',
  v0: '',
};

/** The case of a seed; the same version and features give the same case. */
export function generate(seed: number, version: 0 | 1, asked: ReadonlySet<Feature>): FuzzCase {
  const random = new Random(seed);
  const old: Dialect = random.weighted<Dialect>([
    [5, 'v1'],
    [2, 'future'],
    [2, 'v0'],
  ]);
  const dialect = version === 1 ? 'v1' : old;
  // An OPA that reads version 0 knows no templates, not even below `import rego.v1`.
  const features = version === 1 ? new Set([...asked, 'templates']) : asked;
  const rules: GeneratedRule[] = [];
  const count = random.int(1, 6);
  for (let index = 0; index < count; index += 1) {
    rules.push(
      rule({ random, dialect, features, body: bodyOf, rules: visible(random, rules, index, count) }, index),
    );
  }
  return {
    seed,
    version,
    module: `package fuzz\n\n${version === 1 ? '' : imports[dialect]}${rules.map(({ text }) => text).join('\n\n')}\n`,
    rules: rules.filter(({ form }) => form !== 'function').map(({ name }) => name),
    inputs: random.times(1, 2, () => inputText(random)),
    strict: random.chance(0.3),
  };
}

/** Rules written before; now and then all of them, which makes recursion. */
function visible(random: Random, before: readonly RuleName[], index: number, count: number): RuleName[] {
  if (!random.chance(0.03)) return [...before];
  const later = Array.from({ length: count - index }, (_, offset) => `r${index + offset}`);
  return [
    ...before,
    ...later.map((name) => ({ name, form: 'complete' as const, value: 'any' as const, arity: 0 })),
  ];
}
