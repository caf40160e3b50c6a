/**
 * Lock files of real projects against the advisories of the test data: record by record what osv-scanner 2.5 finds
 * with the same advisories. `osv-scanner.real.test.ts` asks the program itself.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importOsv, scanFolder } from './index.ts';
import type { ImportResult } from './index.ts';

const data = process.env['SCANLINK_TEST_DATA'];

/** `package@version`, then the records that speak of it. */
const expected: Record<string, { packages: number; findings: string[] }> = {
  npm: { packages: 1527, findings: [] },
  pnpm: { packages: 1219, findings: [] },
  go: {
    // The standard library, by the `go` line, is one of them.
    packages: 474,
    findings: [
      'github.com/docker/docker@v28.5.2+incompatible GO-2026-4883 GO-2026-4887 GO-2026-5617 GO-2026-5668 GO-2026-5746',
      'golang.org/x/crypto@v0.55.0 GO-2026-5932',
    ],
  },
  rust: {
    packages: 74,
    findings: [
      'ammonia@1.9.0 RUSTSEC-2019-0001 RUSTSEC-2021-0074 RUSTSEC-2025-0071 RUSTSEC-2026-0193 RUSTSEC-2026-0213',
      'idna@0.1.5 RUSTSEC-2024-0421',
      'openssl@0.8.3 RUSTSEC-2016-0001 RUSTSEC-2023-0022 RUSTSEC-2023-0023 RUSTSEC-2023-0024 RUSTSEC-2023-0044 RUSTSEC-2023-0072 RUSTSEC-2024-0357 RUSTSEC-2025-0004',
      'rand_core@0.4.0 RUSTSEC-2019-0035',
      'rand_os@0.1.3 RUSTSEC-2025-0124',
      'remove_dir_all@0.5.1 RUSTSEC-2023-0018',
      'smallvec@0.6.9 RUSTSEC-2018-0018 RUSTSEC-2019-0009 RUSTSEC-2019-0012 RUSTSEC-2021-0003',
      'tempdir@0.3.7 RUSTSEC-2018-0017',
    ],
  },
  poetry: {
    packages: 39,
    findings: [
      'certifi@2024.2.2 PYSEC-2024-230',
      'click@8.1.7 PYSEC-2026-2132',
      'h11@0.14.0 PYSEC-2026-348',
      'idna@3.7 PYSEC-2026-215',
      'jinja2@3.1.4 PYSEC-2026-1471 PYSEC-2026-1472 PYSEC-2026-1475',
      'orjson@3.10.3 PYSEC-2026-107',
      'pygments@2.18.0 PYSEC-2026-2987',
      'python-dotenv@1.0.1 PYSEC-2026-2270',
      'python-multipart@0.0.9 PYSEC-2026-1851 PYSEC-2026-1852 PYSEC-2026-3036 PYSEC-2026-3037 PYSEC-2026-3038 PYSEC-2026-3039 PYSEC-2026-3040 PYSEC-2026-3041',
      'starlette@0.37.2 PYSEC-2026-161 PYSEC-2026-1941 PYSEC-2026-1943 PYSEC-2026-2280 PYSEC-2026-2281 PYSEC-2026-248 PYSEC-2026-249',
      'ujson@5.10.0 PYSEC-2026-2291 PYSEC-2026-2292 PYSEC-2026-2293 PYSEC-2026-2294',
    ],
  },
};

describe.skipIf(data === undefined)('lock files of the test data (SCANLINK_TEST_DATA)', () => {
  let folder: string;
  let built: ImportResult;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'scan-link-lock-files-'));
    built = await importOsv(path.join(data ?? '', 'osv'), path.join(folder, 'osv.db'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('all advisories are read but one, which names no package', () => {
    expect(built.advisories).toBeGreaterThan(25_000);
    expect(built.problems).toEqual([
      'npm.zip/NSWG-ECO-undefined.json has a package without ecosystem or name',
    ]);
    expect(built.skipped).toBe(1);
  });

  test.each(Object.entries(expected))('%s', async (name, { packages, findings }) => {
    const report = await scanFolder(path.join(data ?? '', 'lockfiles', name), { db: built.path });
    expect(report.components).toHaveLength(packages);
    expect(report.incomplete).toEqual([]);
    const found = report.components
      .filter((component) => component.findings.length > 0)
      .map((component) => {
        const records = component.findings.flatMap((finding) => finding.records);
        return `${component.name}@${component.version} ${records.sort().join(' ')}`;
      });
    expect(found.sort()).toEqual(findings);
    for (const { location } of report.components.flatMap(({ locations }) =>
      locations.map((location) => ({ location })),
    )) {
      expect(location.line).toBeGreaterThan(0);
    }
  });
});
