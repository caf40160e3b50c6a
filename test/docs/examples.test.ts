/** Everything in examples/ is what it says it is. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse, parseAllDocuments } from 'yaml';
import { describe, expect, test } from 'vitest';
import { kinds, scanPolicySpec } from '../../src/api/kinds.ts';
import { scanlink } from '../../src/cli/testing/run-program.ts';

const folder = new URL('../../examples/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec?: unknown;
}

const manifests = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) =>
    parseAllDocuments(read(name)).map((document) => [name, document.toJS() as Manifest] as const),
  );

test.each(manifests)('%s is valid', (_, manifest) => {
  expect(manifest.metadata.name).toMatch(/^[a-z0-9-]+$/);
  const kind = kinds.find((one) => one.kind === manifest.kind);
  if (!kind) {
    expect(manifest.kind).toBe('Secret');
    return;
  }
  expect(manifest.apiVersion).toBe(`${kind.group}/${kind.version}`);
  expect(() => kind.spec.parse(manifest.spec)).not.toThrow();
});

test('the policy of scan-policy.yaml is policies/severity.rego', () => {
  const { spec } = parse(read('scan-policy.yaml')) as Manifest;
  expect(scanPolicySpec.parse(spec).regoFile).toBe(read('policies/severity.rego'));
});

/** What each says of reports/shop.json: critical CVE-2021-44906, high CVE-2020-7753, medium CVE-2021-23343. */
const verdicts: Record<string, { contract: string; ids: string[] }> = {
  'ignore-list.rego': { contract: 'deny', ids: ['CVE-2021-44906'] },
  'is-compliant.rego': { contract: 'isCompliant', ids: ['CVE-2021-44906'] },
  'report-view.rego': { contract: 'deny', ids: ['CVE-2020-7753'] },
  'severity.rego': { contract: 'deny', ids: ['CVE-2020-7753'] },
};

describe('policies', () => {
  test('there is a row for each', () => {
    expect(readdirSync(new URL('policies/', folder)).toSorted()).toEqual(Object.keys(verdicts));
  });

  test.each(Object.entries(verdicts))('%s', async (name, { contract, ids }) => {
    const file = new URL(`policies/${name}`, folder).pathname;
    const check = await scanlink(['policy', 'check', file, '-o', 'json']);
    expect(check.err).toBe('');
    expect(JSON.parse(check.out)).toEqual({ file, contract });

    const report = new URL('reports/shop.json', folder).pathname;
    const evaluation = await scanlink(['policy', 'eval', file, '--report', report, '-o', 'json']);
    expect(evaluation.err).toBe('');
    expect(evaluation.code).toBe(1);
    const verdict = JSON.parse(evaluation.out) as {
      violations: { id?: string; message: string }[];
      cveCount: number;
    };
    const found = verdict.violations.map((one) => one.id ?? /CVE-[\d-]+/.exec(one.message)?.[0]);
    expect(found).toEqual(ids);
    expect(verdict.cveCount).toBe(ids.length);
  });
});
