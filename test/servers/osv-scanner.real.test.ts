import { existsSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { osvScannerMissing, prepareOsvScanner, testAdvisories, type OsvScanner } from './osv-scanner.ts';

const missing = osvScannerMissing();

describe.skipIf(missing !== undefined)(`osv-scanner${missing ? ` (${missing})` : ''}`, () => {
  const advisories = testAdvisories() ?? '';
  const lockFile = (name: string): string => path.join(advisories, '..', 'lockfiles', name);
  let scanner: OsvScanner;

  beforeAll(async () => {
    scanner = await prepareOsvScanner(advisories);
  });
  afterAll(() => scanner?.close());

  it.each([
    { file: 'npm/package-lock.json', packages: 1527, findings: 0, affected: 0 },
    // It matches the standard library as a 474th (`go 1.27.0`), and lists that only with findings.
    { file: 'go/go.mod', packages: 473, findings: 6, affected: 2 },
    { file: 'rust/Cargo.lock', packages: 74, findings: 22, affected: 8 },
    { file: 'poetry/poetry.lock', packages: 39, findings: 29, affected: 11 },
  ])('finds $findings in $file', async ({ file, packages, findings, affected }) => {
    const answer = await scanner.scan(lockFile(file));
    expect(answer.findings).toHaveLength(findings);
    expect(new Set(answer.findings.map((each) => `${each.package} ${each.version}`)).size).toBe(affected);
    expect(answer.packages).toHaveLength(packages);
    expect(answer.groups.flatMap((each) => each.ids)).toHaveLength(findings);
  });

  it('refuses what it cannot read, rather than finding nothing', async () => {
    const text = lockFile('../README.md');
    expect(existsSync(text)).toBe(true);
    await expect(scanner.scan(text)).rejects.toThrow('osv-scanner: exit code 127');
  });
});
