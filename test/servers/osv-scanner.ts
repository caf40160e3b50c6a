import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { z } from 'zod';

import { run } from './run.ts';
import { findTool, missingTools } from './tools.ts';

/** One advisory that a package of one version is affected by. */
export type Finding = { package: string; version: string; ecosystem: string; id: string };

/** Ids that osv-scanner takes for the same vulnerability of one package (aliases), sorted. */
export type FindingGroup = Omit<Finding, 'id'> & { ids: string[] };

export type OsvAnswer = {
  /** Sorted by package, version, id. */
  findings: Finding[];
  groups: FindingGroup[];
  /** Every package that was read, with or without findings; sorted. */
  packages: Omit<Finding, 'id'>[];
};

/** osv-scanner with a database of its own, offline. */
export type OsvScanner = {
  /** The arguments and environment of a scan of these lock files, for measuring: exit code 0 none, 1 some. */
  command: (lockFiles: readonly string[], output: string) => OsvCommand;
  scan: (...lockFiles: string[]) => Promise<OsvAnswer>;
  close: () => Promise<void>;
};

export type OsvCommand = { program: string; args: string[]; env: NodeJS.ProcessEnv };

/** The folder with `<ecosystem>.zip` of the test data, or undefined when there is none. */
export function testAdvisories(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env.SCANLINK_TEST_DATA ? path.join(env.SCANLINK_TEST_DATA, 'osv') : undefined;
}

/** A sentence why osv-scanner cannot be asked on this machine, or undefined when it can. */
export function osvScannerMissing(): string | undefined {
  if (testAdvisories() === undefined) return 'skipped, SCANLINK_TEST_DATA is not set: no advisories';
  return missingTools('osv-scanner');
}

/**
 * Lays out the `<ecosystem>.zip` files of `advisories` the way osv-scanner keeps what it downloads,
 * by links. `close` removes that folder.
 */
export async function prepareOsvScanner(advisories: string): Promise<OsvScanner> {
  const program = findTool('osv-scanner');
  if (program === undefined) throw new Error(missingTools('osv-scanner'));
  const cache = await mkdtemp(path.join(tmpdir(), 'scan-link-osv-'));
  for (const file of await readdir(advisories)) {
    if (!file.endsWith('.zip')) continue;
    const directory = path.join(cache, 'osv-scalibr', path.basename(file, '.zip'));
    await mkdir(directory, { recursive: true });
    await symlink(path.resolve(advisories, file), path.join(directory, 'all.zip'));
  }
  const command = (lockFiles: readonly string[], output: string): OsvCommand => ({
    program,
    args: [...offlineScan, '--output-file', output, ...lockFiles.flatMap((file) => ['-L', file])],
    env: { ...process.env, XDG_CACHE_HOME: cache },
  });
  return {
    command,
    scan: async (...lockFiles) => {
      const output = path.join(await mkdtemp(path.join(cache, 'out-')), 'result.json');
      const { args, env } = command(lockFiles, output);
      const { code, stderr } = await run(program, [...args, '--all-packages'], { env });
      if (code !== 0 && code !== 1) throw new Error(`osv-scanner: exit code ${code}: ${stderr.trim()}`);
      return toAnswer(resultFile.parse(JSON.parse(await readFile(output, 'utf8'))));
    },
    close: () => rm(cache, { recursive: true, force: true }),
  };
}

// --all-vulns: those too that it thinks unimportant; call analysis would run the Go toolchain.
const offlineScan = 'scan source --offline --no-call-analysis=all --all-vulns --format json'.split(' ');

const resultFile = z.object({
  results: z.array(
    z.object({
      packages: z.array(
        z.object({
          package: z.object({ name: z.string(), version: z.string(), ecosystem: z.string() }),
          vulnerabilities: z.array(z.object({ id: z.string() })).default([]),
          groups: z.array(z.object({ ids: z.array(z.string()) })).default([]),
        }),
      ),
    }),
  ),
});

function toAnswer(file: z.infer<typeof resultFile>): OsvAnswer {
  const entries = file.results.flatMap((result) => result.packages);
  const named = entries.map(({ package: { name, ...rest }, ...found }) => ({
    package: { package: name, ...rest },
    ...found,
  }));
  return {
    findings: sorted(
      named.flatMap((each) => each.vulnerabilities.map(({ id }) => ({ ...each.package, id }))),
    ),
    groups: sorted(
      named.flatMap((each) => each.groups.map(({ ids }) => ({ ...each.package, ids: ids.toSorted() }))),
    ),
    packages: sorted(named.map((each) => each.package)),
  };
}

/** By all values in their order, in code units: the same on every machine. */
function sorted<T extends Finding | FindingGroup | Omit<Finding, 'id'>>(rows: T[]): T[] {
  const key = (row: T): string => Object.values(row).join('\0');
  return rows.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
