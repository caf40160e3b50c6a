/** From an import to a verdict, with the real program, over advisories and a project made here. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scanlink } from './testing/run-program.ts';
import type { Run } from './testing/run-program.ts';

let folder = '';
const at = (name: string): string => path.join(folder, name);
const scan = (...args: string[]): Promise<Run> =>
  scanlink(['scan', at('project'), '--db', at('advisories.db'), ...args]);

function advisory(id: string, name: string, fixed: string, vector: string): object {
  return {
    schema_version: '1.7.0',
    id,
    aliases: [id.replace('GHSA', 'CVE-2024')],
    modified: '2026-03-04T05:06:07Z',
    summary: `Something about ${name}`,
    severity: [{ type: 'CVSS_V3', score: vector }],
    affected: [
      {
        package: { ecosystem: 'npm', name },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
  };
}

const critical = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
const low = 'CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'scanlink-cli-'));
  await mkdir(at('osv'));
  await mkdir(at('project'));
  await mkdir(at('empty'));
  await writeFile(at('osv/a.json'), JSON.stringify(advisory('GHSA-0001', 'made-up-pad', '1.2.0', critical)));
  await writeFile(at('osv/b.json'), JSON.stringify(advisory('GHSA-0002', 'made-up-trim', '3.0.0', low)));
  const packages = {
    '': { name: 'shop', version: '1.0.0' },
    'node_modules/made-up-pad': { version: '1.0.0' },
    'node_modules/made-up-trim': { version: '2.9.9' },
    'node_modules/made-up-fine': { version: '1.0.0' },
  };
  await writeFile(
    at('project/package-lock.json'),
    JSON.stringify({ name: 'shop', lockfileVersion: 3, packages }),
  );
  await writeFile(
    at('policy.rego'),
    'package main\ndeny[msg] {\n  f := input.report.components[_].findings[_]\n  f.severity == "CRITICAL"\n  msg := sprintf("%s is critical", [f.id])\n}\n',
  );
  const run = await scanlink([
    'db',
    'import',
    at('osv'),
    '--db',
    at('advisories.db'),
    '--name',
    'made here',
    '-o',
    'json',
  ]);
  expect(run.err).toBe('');
  expect(JSON.parse(run.out)).toMatchObject({
    name: 'made here',
    advisories: 2,
    date: '2026-03-04T05:06:07Z',
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('scanlink scan', () => {
  test('prints packages worst first, their fixes, a summary, and which advisories it used', async () => {
    const run = await scan();
    expect(run.err).toBe('');
    expect(run.code).toBe(0);
    expect(run.out).toBe(
      [
        'made-up-pad 1.0.0 npm',
        '  CRITICAL  CVE-2024-0001  fixed in 1.2.0  Something about made-up-pad',
        '',
        'made-up-trim 2.9.9 npm',
        '  LOW       CVE-2024-0002  fixed in 3.0.0  Something about made-up-trim',
        '',
        '2 vulnerabilities in 2 of 3 packages: 1 critical, 1 low',
        'Advisories: made here of 2026-03-04',
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['critical', 1],
    ['HIGH', 1],
    ['low', 1],
  ] as const)('--fail-on %s exits %i', async (severity, code) => {
    expect((await scan('--fail-on', severity)).code).toBe(code);
  });

  test('a gate does not pass a folder in which nothing was found to look at', async () => {
    const run = await scanlink(['scan', at('empty'), '--db', at('advisories.db'), '--fail-on', 'low']);
    expect(run.code).toBe(2);
    expect(run.out).toContain('0 packages found, so there was nothing to match.');
    expect(run.out).not.toContain('No known vulnerability');
  });

  test.each([
    [[], 0],
    [['--fail-on', 'high'], 2],
    [['--fail-on', 'high', '--allow-incomplete'], 0],
    [['--fail-on-incomplete'], 2],
  ])('a lock file that cannot be read, with %j, exits %i', async (flags, code) => {
    await mkdir(at('broken'), { recursive: true });
    await writeFile(at('broken/package-lock.json'), '{"lockfileVersion": 3, "packages": {');
    const run = await scanlink(['scan', at('broken'), '--db', at('advisories.db'), ...flags]);
    expect(run.out).toContain('package-lock.json');
    expect(run.code).toBe(code);
    if (code === 2) expect(run.err).toContain('--allow-incomplete');
  });

  test('--policy judges as the controller does', async () => {
    const run = await scan('--policy', at('policy.rego'));
    expect(run.err).toBe('');
    expect(run.code).toBe(1);
    expect(run.out).toContain(
      'Policy violated because of 1 CVEs (1 violation)\n  CVE-2024-0001 is critical\n',
    );
  });

  test('-o json is for machines', async () => {
    const run = await scan('-o', 'json');
    expect(JSON.parse(run.out)).toMatchObject({
      summary: {
        counts: { CRITICAL: 1, HIGH: 0, MEDIUM: 0, LOW: 1, UNKNOWN: 0, CVETOTAL: 2 },
        components: 3,
        findings: 2,
      },
      report: { db: { name: 'made here' }, incomplete: [] },
    });
  });

  test('-o cyclonedx-json is the same at every run, and can be judged again', async () => {
    const [one, two] = await Promise.all([scan('-o', 'cyclonedx-json'), scan('-o', 'cyclonedx-json')]);
    expect(one.out).toBe(two.out);
    expect(JSON.parse(one.out)).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
    const judged = await scanlink(['policy', 'eval', at('policy.rego'), '--report', '-', '-o', 'json'], {
      input: one.out,
    });
    expect(judged.err).toBe('');
    expect(judged.code).toBe(1);
    expect(JSON.parse(judged.out)).toMatchObject({ passed: false, violationCount: 1, cveCount: 1 });
  });

  test('--envelope carries the same document, with the artifact that fetch resolved', async () => {
    const repository = 'https://git.test/shop.git';
    await writeFile(at('resolved.json'), JSON.stringify({ repository, revision: 'abc123' }));
    const run = await scan('--envelope', '--resolved', at('resolved.json'));
    const judged = await scanlink(['policy', 'eval', at('policy.rego'), '--report', '-', '-o', 'json'], {
      input: run.out,
    });
    expect(judged.err).toBe('');
    expect(JSON.parse(judged.out)).toMatchObject({ violationCount: 1 });
    expect(run.out).not.toContain('bomFormat');
  });
});

describe('scanlink sbom', () => {
  test('lists components without a database', async () => {
    const run = await scanlink(['sbom', at('project')]);
    expect(run.err).toBe('');
    expect(run.out).toBe(
      [
        'NAME          VERSION  PACKAGE URL',
        'made-up-fine  1.0.0    pkg:npm/made-up-fine@1.0.0',
        'made-up-pad   1.0.0    pkg:npm/made-up-pad@1.0.0',
        'made-up-trim  2.9.9    pkg:npm/made-up-trim@2.9.9',
        '',
        '3 packages.',
        '',
      ].join('\n'),
    );
  });
});

test('db info says what is there', async () => {
  const run = await scanlink(['db', 'info', '--db', at('advisories.db')]);
  expect(run.code).toBe(0);
  expect(run.out).toMatch(/Name\s+made here\n/);
  expect(run.out).toMatch(/Newest advisory\s+2026-03-04\n/);
  expect(run.out).toMatch(/npm\s+2 advisories\s+newest 2026-03-04\n/);
});
