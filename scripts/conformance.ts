// Runs OPA's own cases against our engine:
//   npm run conformance -- --cases FILE [--rego-version 0|1] [--json]
// A line a failing note, then `N passed, N failed`. Cases in test/conformance/known-failures.json are expected to
// fail, each with its reason: one of them that passes fails the run, as does any other that fails.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compareCase, readCases, type Outcome } from '../test/conformance/cases.ts';

interface Report {
  readonly note: string;
  readonly detail: string;
}

const { values } = parseArgs({
  options: {
    cases: { type: 'string' },
    'rego-version': { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});

function knownFailures(version: string): ReadonlyMap<string, string> {
  const file = new URL('../test/conformance/known-failures.json', import.meta.url);
  const lists: Readonly<Record<string, Readonly<Record<string, string>>>> = JSON.parse(
    readFileSync(file, 'utf8'),
  );
  return new Map(Object.entries(lists[`v${version}`] ?? {}));
}

function main(): number {
  if (values.cases === undefined) {
    console.error('name the cases: npm run conformance -- --cases FILE');
    return 2;
  }
  const version = values['rego-version'] === '1' ? 1 : 0;
  const cases = readCases(readFileSync(values.cases, 'utf8'));
  const known = knownFailures(String(version));
  const failures: Report[] = [];
  const expected = new Set<string>();
  for (const item of cases) {
    const outcome: Outcome = compareCase(item, version);
    if (outcome.passed) continue;
    if (known.has(item.note)) expected.add(item.note);
    else failures.push({ note: item.note, detail: outcome.detail });
  }
  const surprises = [...known.keys()].filter((note) => !expected.has(note));
  for (const note of surprises)
    failures.push({ note, detail: 'is listed as a known failure and passes (or is no case)' });
  const failed = failures.length;
  const passed = cases.length - failures.length + surprises.length;
  if (values.json) {
    console.log(JSON.stringify({ passed, failed, expected: [...expected], failures }));
  } else {
    for (const { note, detail } of failures) console.log(`${note}: ${detail}`);
    if (expected.size > 0) console.log(`(${expected.size} known to fail, counted as passed)`);
    console.log(`${passed} passed, ${failed} failed`);
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = main();
