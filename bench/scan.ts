/**
 * `scanlink scan` as a whole process against osv-scanner, offline, with the same advisories, taking turns in one run:
 *
 *     SCANLINK_TEST_DATA=… node bench/scan.ts [runs]
 *
 * The test data has lock files of real projects and 26,000 advisories; osv-scanner is built by
 * `node scripts/servers/build.ts`. Prints medians, their ratio, and the peak memory of each.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { importOsv } from '../src/scanner/index.ts';
import { osvScannerMissing, prepareOsvScanner, testAdvisories } from '../test/servers/osv-scanner.ts';
import { median, table } from './figures.ts';

interface Run {
  readonly seconds: number;
  readonly peakMb: number;
}

interface Subject {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const scanlink = fileURLToPath(new URL('../bin/scanlink.mjs', import.meta.url));

/** Runs to the end; exit codes up to 1 are answers. */
async function time({ program, args, env }: Subject): Promise<Run> {
  const start = performance.now();
  const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, ...env } });
  let peakMb = 0;
  const watch = setInterval(() => (peakMb = Math.max(peakMb, peakOf(child.pid ?? 0))), 5);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  clearInterval(watch);
  if (code === null || code > 1) throw new Error(`${program} ${args.join(' ')}: exit code ${code}`);
  return { seconds: (performance.now() - start) / 1000, peakMb };
}

/** The high-water mark so far, in MB (Linux). */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // it has ended
  }
}

/** Each in turn, so that what else the machine does falls on all of them alike; the first round warms caches. */
async function compare(subjects: readonly Subject[], runs: number): Promise<Map<string, Run[]>> {
  const results = new Map<string, Run[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round <= runs; round++) {
    for (const subject of subjects) {
      const run = await time(subject);
      if (round > 0) results.get(subject.name)?.push(run);
    }
  }
  return results;
}

function rows(what: string, results: Map<string, Run[]>): string[][] {
  const baseline = median(results.get('osv-scanner')?.map(({ seconds }) => seconds) ?? []);
  return [...results].map(([name, all]) => {
    const seconds = median(all.map((run) => run.seconds));
    const peak = Math.max(...all.map((run) => run.peakMb));
    return [`${what}: ${name}`, seconds.toFixed(3), (seconds / baseline).toFixed(2), peak.toFixed(0)];
  });
}

const missing = osvScannerMissing();
if (missing) throw new Error(missing);
const runs = Number(process.argv[2] ?? 9);
const advisories = testAdvisories() ?? '';
const lockFiles = path.join(advisories, '..', 'lockfiles');
const folder = mkdtempSync(path.join(tmpdir(), 'scan-link-bench-'));
const osv = await prepareOsvScanner(advisories);
try {
  const db = path.join(folder, 'osv.db');
  const start = performance.now();
  const { advisories: count } = await importOsv(advisories, db);
  console.log(`database of ${count} advisories: ${((performance.now() - start) / 1000).toFixed(2)} s\n`);

  const names = ['npm/package-lock.json', 'go/go.mod', 'rust/Cargo.lock', 'poetry/poetry.lock'];
  const project = (files: readonly string[]): string => {
    const target = mkdtempSync(path.join(folder, 'project-'));
    for (const file of files) {
      mkdirSync(path.join(target, path.dirname(file)));
      copyFileSync(path.join(lockFiles, file), path.join(target, file));
    }
    return target;
  };
  const output: string[][] = [['', 'seconds', 'ratio', 'peak MB']];
  const cases: [string, string[]][] = [
    ['npm lock file', names.slice(0, 1)],
    ['four lock files', names],
  ];
  for (const [what, files] of cases) {
    const theirs = osv.command(
      files.map((file) => path.join(lockFiles, file)),
      path.join(folder, 'osv.json'),
    );
    const ours = [scanlink, 'scan', '--db', db, '-o', 'cyclonedx-json', project(files)];
    const subjects: Subject[] = [
      { name: 'osv-scanner', ...theirs },
      { name: 'scanlink', program: process.execPath, args: ours },
      { name: 'node alone', program: process.execPath, args: ['-e', '0'] },
    ];
    output.push(...rows(what, await compare(subjects, runs)));
  }
  console.log(table(output));
} finally {
  await osv.close();
  rmSync(folder, { recursive: true, force: true });
}
