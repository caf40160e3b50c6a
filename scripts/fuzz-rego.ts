// Generated policies through the real OPA and through our engine:
//   node scripts/fuzz-rego.ts [--runs N] [--seed S] [--rego-version 0|1] [--with FEATURE]... [--max-shown N]
// Case i has seed S+i: `--runs 1 --seed X` repeats case X. Prints each difference, then `N passed, N failed`.
import { parseArgs } from 'node:util';
import { describeDifference } from '../test/fuzz/compare.ts';
import { runFuzz } from '../test/fuzz/run.ts';
import { opaMissing } from '../test/servers/opa.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    'rego-version': { type: 'string', default: '1' },
    seed: { type: 'string' },
    with: { type: 'string', multiple: true, default: [] },
    'max-shown': { type: 'string', default: '50' },
  },
});

async function main(): Promise<number> {
  const missing = opaMissing();
  if (missing !== undefined) {
    console.error(missing);
    return 2;
  }
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(values.seed);
  const version = values['rego-version'] === '0' ? 0 : 1;
  const runs = Number(values.runs);
  console.log(`seeds ${seed} to ${seed + runs - 1}, version ${version}`);
  let shown = 0;
  const summary = await runFuzz({ seed, runs, version, features: new Set(values.with) }, (difference) => {
    shown += 1;
    if (shown <= Number(values['max-shown'])) console.log(`${describeDifference(difference)}\n`);
  });
  const seconds = summary.milliseconds / 1000;
  console.log(
    `${summary.compiled} of ${runs} compile, ${summary.questions} questions, ${seconds.toFixed(1)} s, ${(runs / seconds).toFixed(0)} cases a second`,
  );
  for (const [kind, count] of summary.known)
    console.log(`(${count} set aside: ${kind}; --with ${kind} counts them)`);
  console.log(`${summary.passed} passed, ${summary.failed} failed`);
  return summary.failed === 0 ? 0 : 1;
}

process.exitCode = await main();
