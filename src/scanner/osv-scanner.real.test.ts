/**
 * The same lock files and advisories through osv-scanner and through us. Beside real lock files there are made ones,
 * in which every package that any advisory speaks of stands in versions around those that the advisory names: where
 * the two read a range differently, it shows here.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { osvScannerMissing, prepareOsvScanner, testAdvisories } from '../../test/servers/osv-scanner.ts';
import type { OsvAnswer, OsvScanner } from '../../test/servers/osv-scanner.ts';
import { readOsvRecord } from './db/osv-record.ts';
import { sourceItems } from './db/sources.ts';
import { aZip } from './db/testing.ts';
import { importOsv, scanFolder } from './index.ts';

const missing = osvScannerMissing();

/** `package@version: record`, without the `v` of Go versions, which osv-scanner leaves out. */
const lineOf = (name: string, version: string, record: string): string =>
  `${name}@${version.replace(/^v/, '')}: ${record}`;
const linesOf = (answer: OsvAnswer): string[] =>
  answer.findings.map((each) => lineOf(each.package, each.version, each.id)).sort();

describe.skipIf(missing !== undefined)(`as osv-scanner${missing ? ` (${missing})` : ''}`, () => {
  const advisories = testAdvisories() ?? '';
  let folder: string;
  let db: string;
  let scanner: OsvScanner;
  /**
   * Records in which a range of commits comes before ranges of versions: osv-scanner then looks at none of the ranges,
   * and finds only versions that the record lists one by one. The ranges count all the same.
   */
  const commitsFirst = new Set<string>();

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'scan-link-osv-real-'));
    const readable = path.join(folder, 'advisories');
    mkdirSync(readable);
    for (const name of ['npm', 'PyPI', 'Go', 'crates.io']) {
      writeFileSync(
        path.join(readable, `${name}.zip`),
        asOsvScannerReadsThem(path.join(advisories, `${name}.zip`)),
      );
    }
    db = (await importOsv(readable, path.join(folder, 'osv.db'))).path;
    scanner = await prepareOsvScanner(readable);
  });
  afterAll(async () => {
    await scanner?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /**
   * The npm records of the test data give a day in place of a time, for which osv-scanner leaves all of them out
   * without a word; we read them. With a time both do.
   */
  function asOsvScannerReadsThem(zip: string): Buffer {
    const files: Record<string, string> = {};
    for (const item of sourceItems(zip)) {
      if (!('text' in item)) continue;
      const ranges = /"ranges":\[\{(?:"[^"]*":(?:"[^"]*"|\[[^\]]*\]),?)*\}/.exec(item.text)?.[0];
      if (ranges?.includes('"type":"GIT"')) commitsFirst.add(item.entry.replace(/\.json$/, ''));
      files[item.entry] = item.text.replaceAll(
        /("(?:modified|published|withdrawn)":"\d{4}-\d\d-\d\d)"/g,
        '$1T00:00:00Z"',
      );
    }
    return aZip(files);
  }

  async function ours(directory: string): Promise<string[]> {
    const report = await scanFolder(directory, { db });
    return report.components
      .flatMap(({ name, version = '', findings }) =>
        findings.flatMap(({ records }) => records.map((id) => lineOf(name, version, id))),
      )
      .sort();
  }

  test.each([
    'npm/package-lock.json',
    'pnpm/pnpm-lock.yaml',
    'go/go.mod',
    'rust/Cargo.lock',
    'poetry/poetry.lock',
  ])('%s: the same packages, findings and groups', async (name) => {
    const file = path.join(advisories, '..', 'lockfiles', name);
    const theirs = await scanner.scan(file);
    expect(await ours(path.dirname(file))).toEqual(linesOf(theirs));
    const { components } = await scanFolder(path.dirname(file), { db });
    const groups = components.flatMap((component) =>
      component.findings.map(({ records }) => records.toSorted().join(' ')),
    );
    expect(groups.sort()).toEqual(theirs.groups.map(({ ids }) => ids.join(' ')).sort());
    // The standard library is one of our packages; osv-scanner lists it only with findings.
    const packages = components
      .filter((component) => component.name !== 'stdlib')
      .map(({ name: own, version }) => `${own}@${version?.replace(/^v/, '')}`);
    expect(packages.sort()).toEqual(
      [...new Set(theirs.packages.map((each) => `${each.package}@${each.version}`))].sort(),
    );
  });

  /** Versions at, and just beside, all that the advisories of an ecosystem name; `name@version` of each, once. */
  function boundaries(ecosystem: string): { name: string; version: string }[] {
    const found = new Map<string, { name: string; version: string }>();
    for (const item of sourceItems(path.join(advisories, `${ecosystem}.zip`))) {
      for (const { name, ranges, versions } of affectedOf('text' in item ? item.text : '')) {
        const named = ranges.flatMap((range) => range.filter((_, index) => index % 2 === 1));
        const around = [...named, ...versions.slice(0, 3)].flatMap((version) => [
          version,
          `${version}.1`,
          nextBelow(version),
        ]);
        for (const version of around) {
          if (/^\d+\.\d+\.\d+[\w.+-]*$/.test(version)) found.set(`${name}@${version}`, { name, version });
        }
      }
    }
    // osv-scanner's time grows with the square of their number.
    const all = [...found.values()];
    const step = Math.ceil(all.length / 1000);
    return all.filter((_, index) => index % step === 0);
  }

  function affectedOf(text: string) {
    try {
      const record = readOsvRecord(text);
      return record.withdrawn ? [] : record.affected;
    } catch {
      return [];
    }
  }

  /** The last number less one: `1.2.3` → `1.2.2`. */
  const nextBelow = (version: string): string =>
    version.replace(/(\d+)(?=\D*$)/, (digits) => `${Math.max(0, Number(digits) - 1)}`);

  type Entry = { name: string; version: string };
  const formats: Record<string, { file: string; write: (entries: Entry[]) => string }> = {
    npm: {
      file: 'package-lock.json',
      write: (entries) =>
        JSON.stringify({
          lockfileVersion: 3,
          packages: Object.fromEntries(
            entries.map(({ name, version }, index) => [
              `node_modules/x${index}/node_modules/${name}`,
              { version },
            ]),
          ),
        }),
    },
    PyPI: { file: 'poetry.lock', write: toml },
    'crates.io': { file: 'Cargo.lock', write: toml },
  };

  function toml(entries: Entry[]): string {
    return entries
      .map(
        ({ name, version }) =>
          `[[package]]\nname = ${JSON.stringify(name)}\nversion = ${JSON.stringify(version)}\n`,
      )
      .join('\n');
  }

  test.each(Object.entries(formats))(
    '%s: a lock file of every version that an advisory draws a line at',
    async (ecosystem, { file, write }) => {
      const entries = boundaries(ecosystem);
      expect(entries.length).toBeGreaterThan(500);
      const directory = path.join(folder, ecosystem);
      mkdirSync(directory);
      writeFileSync(path.join(directory, file), write(entries));
      const theirs = new Set(linesOf(await scanner.scan(path.join(directory, file))));
      const mine = new Set(await ours(directory));
      const isExplained = (line: string): boolean => commitsFirst.has(line.slice(line.lastIndexOf(' ') + 1));
      const differences = {
        ours: [...mine].filter((line) => !theirs.has(line) && !isExplained(line)),
        theirs: [...theirs].filter((line) => !mine.has(line)),
      };
      expect(differences).toEqual({ ours: [], theirs: [] });
    },
  );
});
