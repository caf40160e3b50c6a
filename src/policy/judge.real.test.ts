import { describe, expect, test } from 'vitest';
import { readReport } from '../report/index.ts';
import type { Report } from '../report/model.ts';
import { samples } from '../report/samples.ts';
import { opaEval, opaMissing } from '../../test/servers/opa.ts';
import { compilePolicy } from './compiled-policy.ts';
import { denyInput, judge } from './judge.ts';
import { policyShapes } from './policy-shapes.ts';

const missing = opaMissing();

async function reportOf(text: string): Promise<Report> {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }
  return (await readReport(bytes())).report;
}

/** What deny holds, by OPA's word. */
async function byOpa(source: string, report: Report): Promise<unknown[]> {
  const { result } = await opaEval({ modules: [source], input: denyInput(report), query: 'data.main.deny' });
  const value = result?.[0]?.expressions[0]?.value;
  if (!Array.isArray(value)) throw new Error('OPA gave no deny');
  return value.map((one: unknown) =>
    typeof one === 'object' && one !== null && 'msg' in one ? one.msg : one,
  );
}

describe.skipIf(missing !== undefined)(
  `a real OPA says the same${missing === undefined ? '' : `: ${missing}`}`,
  () => {
    describe.each(samples)('over $name', ({ text }) => {
      test.each(Object.entries(policyShapes))('%s', async (_, write) => {
        const report = await reportOf(text);
        for (const [words, ignored] of [
          ['"Critical", "Low"', ''],
          ['"Medium", "UnknownSeverity"', '"CVE-2024-0004"'],
        ] as const) {
          const source = write(words, ignored);
          const mine = judge(compilePolicy(source, 'gate'), 'gate', report, 10_000).violations.map(
            (one) => one.message,
          );
          expect(mine).toEqual(await byOpa(source, report));
          expect(mine).not.toEqual([]);
        }
      });
    });
  },
);
