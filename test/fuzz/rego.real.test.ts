// A modest run of the differential fuzzer; `node scripts/fuzz-rego.ts` makes longer ones.
import { describe, expect, it } from 'vitest';
import { opaMissing } from '../servers/opa.ts';
import { describeDifference } from './compare.ts';
import { runFuzz } from './run.ts';

const missing = opaMissing();
const seed = Number(process.env['FUZZ_SEED'] ?? '20240229');
const runs = Number(process.env['FUZZ_RUNS'] ?? '750');

describe.skipIf(missing !== undefined)(`generated policies${missing ? ` (${missing})` : ''}`, () => {
  it.each([0, 1] as const)(`mean what they mean to OPA, version %i, seed ${seed}`, async (version) => {
    const differences: string[] = [];
    const summary = await runFuzz({ seed, runs, version }, (difference) => {
      differences.push(describeDifference(difference));
    });
    expect(differences.join('\n\n')).toBe('');
    // Of cases that nobody compiles nothing is learned.
    expect(summary.compiled).toBeGreaterThan(runs / 10);
    expect(summary.failed).toBe(0);
  });
});
