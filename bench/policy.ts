/**
 * One policy over one report, here and by a real OPA, in one run:
 *
 *     node bench/policy.ts [components] [vulnerabilities of each]        (default 300 and 10)
 *
 * Ours is the engine as the controller uses it: a warm worker process, the report sent to it for every verdict. OPA is
 * asked as a warm server over REST with the same input, and as `opa eval`, which starts anew each time. Prints the
 * median of several runs and the ratios. OPA wants the program that scripts/servers/build.ts builds.
 */
import { createPolicyEngine } from '../src/policy/index.ts';
import { policyShapes } from '../src/policy/policy-shapes.ts';
import { bomView } from '../src/report/index.ts';
import type { Component, Finding, Report } from '../src/report/model.ts';
import { opaEval, opaMissing, startOpa } from '../test/servers/opa.ts';
import { median, table } from './figures.ts';

const runs = 9;
const words = ['critical', 'high', 'medium', 'low', 'unknown'];

/** In the shape of the predecessor's documented policy: sets of one and of many, a list of severities, one of ids. */
const policy = policyShapes['sets of one and of many'](
  '"Critical", "High"',
  '"CVE-2024-10001", "CVE-2024-10002"',
);

function aFinding(number: number): Finding {
  const vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
  return {
    id: `CVE-2024-${10_000 + number}`,
    severity: 'UNKNOWN',
    ratings: [
      { severity: words[number % words.length], score: (number % 100) / 10, method: 'CVSSv31', vector },
    ],
    aliases: [],
    description: `What vulnerability ${number} is about, in some words that nobody reads. `.repeat(4),
    advisories: [`https://advisories.example/${number}`],
    cwes: [79],
    fixedIn: [],
  };
}

function aReport(components: number, each: number): Report {
  const all = Array.from({ length: components }, (_, at): Component => ({
    ref: `pkg:npm/package-${at}@1.0.0`,
    type: 'library',
    name: `package-${at}`,
    version: '1.0.0',
    purl: `pkg:npm/package-${at}@1.0.0`,
    licenses: ['MIT'],
    findings: Array.from({ length: each }, (_, n) => aFinding(at * each + n)),
  }));
  return {
    format: { name: 'CycloneDX', version: '1.6', encoding: 'json' },
    scanner: {},
    components: all,
    incomplete: [],
  };
}

/** Median of milliseconds, and what the last run gave. The first runs warm up and are not counted. */
async function measure(
  times: number,
  run: () => Promise<number>,
): Promise<{ ms: number; violations: number }> {
  const all: number[] = [];
  let violations = 0;
  for (let at = -3; at < times; at += 1) {
    const start = performance.now();
    violations = await run();
    if (at >= 0) all.push(performance.now() - start);
  }
  return { ms: median(all), violations };
}

async function ours(report: Report): Promise<{ ms: number; violations: number }> {
  const engine = createPolicyEngine({ limits: { timeMs: 120_000, memoryBytes: 512 * 1024 * 1024 } });
  try {
    return await measure(
      runs,
      async () => (await engine.evaluate({ source: policy, name: 'bench', report })).violationCount,
    );
  } finally {
    await engine.close();
  }
}

function countOf(result: unknown): number {
  return Array.isArray(result) ? result.length : Number.NaN;
}

async function opaRest(input: object): Promise<{ ms: number; violations: number }> {
  const server = await startOpa({ modules: [policy] });
  try {
    return await measure(runs, async () => {
      const answer = await fetch(`${server.url}/v1/data/main/deny`, {
        method: 'POST',
        body: JSON.stringify({ input }),
      });
      const body: unknown = await answer.json();
      return countOf(typeof body === 'object' && body !== null && 'result' in body ? body.result : undefined);
    });
  } finally {
    await server.stop();
  }
}

async function opaProgram(input: object): Promise<{ ms: number; violations: number }> {
  return measure(3, async () => {
    const { result } = await opaEval({ modules: [policy], input, query: 'data.main.deny' });
    return countOf(result?.[0]?.expressions[0]?.value);
  });
}

const [components = 300, each = 10] = process.argv.slice(2).map(Number);
const report = aReport(components, each);
const input = { bom: bomView(report), report };
const mine = await ours(report);
const rows = [['evaluator', 'ms', 'violations', 'ours / theirs']];
rows.push(['scan-link (warm worker)', mine.ms.toFixed(1), String(mine.violations), '']);
const missing = opaMissing();
if (missing === undefined) {
  const sides = [
    { name: 'OPA over REST (warm server)', ...(await opaRest(input)) },
    { name: 'opa eval', ...(await opaProgram(input)) },
  ];
  for (const { name, ms, violations } of sides)
    rows.push([name, ms.toFixed(1), String(violations), (mine.ms / ms).toFixed(2)]);
  if (sides.some((side) => side.violations !== mine.violations)) process.exitCode = 1;
}
console.log(`${components} components × ${each} vulnerabilities\n\n${table(rows)}`);
if (missing !== undefined) console.log(`\n${missing}`);
