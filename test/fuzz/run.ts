// A run of the fuzzer: cases of consecutive seeds, one after the other.
import { compareCase, type Difference } from './compare.ts';
import { knownKind } from './known.ts';
import { generate } from './generate.ts';
import { startOpaClient } from './opa-client.ts';
import type { Feature } from './scope.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly runs: number;
  /** What a module without imports is written in. */
  readonly version: 0 | 1;
  readonly features?: ReadonlySet<Feature>;
}

export interface FuzzSummary {
  readonly passed: number;
  readonly failed: number;
  /** Cases that differ in a known way only, by its name: neither passed nor failed. */
  readonly known: ReadonlyMap<string, number>;
  /** Cases whose module both engines took. */
  readonly compiled: number;
  readonly questions: number;
  readonly milliseconds: number;
}

/** Runs the cases and tells each difference as it is found. */
export async function runFuzz(
  { seed, runs, version, features = new Set() }: FuzzOptions,
  report: (difference: Difference) => void,
): Promise<FuzzSummary> {
  const opa = await startOpaClient(version);
  try {
    const start = performance.now();
    const known = new Map<string, number>();
    let [failed, compiled, questions] = [0, 0, 0];
    for (let index = 0; index < runs; index += 1) {
      const verdict = await compareCase(opa, generate(seed + index, version, features));
      if (verdict.compiled) compiled += 1;
      questions += verdict.questions;
      const kinds = verdict.differences.map((difference) => {
        const kind = knownKind(difference);
        return kind !== undefined && features.has(kind) ? undefined : kind;
      });
      const fresh = verdict.differences.filter((_, at) => kinds[at] === undefined);
      for (const difference of fresh) report(difference);
      if (fresh.length > 0) failed += 1;
      else if (kinds[0] !== undefined) known.set(kinds[0], (known.get(kinds[0]) ?? 0) + 1);
    }
    const aside = [...known.values()].reduce((sum, count) => sum + count, 0);
    const milliseconds = performance.now() - start;
    return { passed: runs - failed - aside, failed, known, compiled, questions, milliseconds };
  } finally {
    await opa.stop();
  }
}
