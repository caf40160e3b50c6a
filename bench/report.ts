/**
 * Reading a large report against the bare parser for the same file, each in a process of its own, in turns:
 *
 *     node bench/report.ts [megabytes ...]        (default 50 and 200)
 *
 * Prints the median time of several runs, the ratio, and the largest resident memory. For XML the bare parser is saxes
 * with handlers that do nothing; for JSON it is JSON.parse of the whole text, which has no bound on its memory.
 */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { SaxesParser } from 'saxes';
import { readReport } from '../src/report/index.ts';
import { median, table } from './figures.ts';
import { writeDocument } from './report-document.ts';
import type { Shape } from './report-document.ts';

const runs = 5;
const shapes: readonly Shape[] = ['xml', 'xml-1.6', 'json'];

interface Run {
  ms: number;
  /** Of all threads: a busy machine changes it less. */
  cpuMs: number;
  megabytes: number;
}

const sides = {
  async ours(file: string): Promise<void> {
    await readReport(createReadStream(file));
  },
  async saxes(file: string): Promise<void> {
    const parser = new SaxesParser();
    parser.on('opentag', () => {});
    parser.on('closetag', () => {});
    parser.on('text', () => {});
    for await (const chunk of createReadStream(file, 'utf8')) parser.write(String(chunk));
    parser.close();
  },
  async parse(file: string): Promise<void> {
    JSON.parse(await readFile(file, 'utf8'));
  },
};

type Side = keyof typeof sides;

function isSide(name: string | undefined): name is Side {
  return name !== undefined && Object.hasOwn(sides, name);
}

/** In the child: one run, told on stdout. */
async function runOnce(side: Side, file: string): Promise<void> {
  const start = performance.now();
  const before = process.cpuUsage();
  await sides[side](file);
  const { user, system } = process.cpuUsage(before);
  const megabytes = process.resourceUsage().maxRSS / 1024;
  const run: Run = { ms: performance.now() - start, cpuMs: (user + system) / 1000, megabytes };
  console.log(JSON.stringify(run));
}

async function inChild(side: Side, file: string): Promise<Run> {
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, side, file]);
  const run: unknown = JSON.parse(stdout);
  if (typeof run === 'object' && run !== null && 'ms' in run && 'cpuMs' in run && 'megabytes' in run) {
    return { ms: Number(run.ms), cpuMs: Number(run.cpuMs), megabytes: Number(run.megabytes) };
  }
  throw new Error(`${side} printed ${stdout}`);
}

async function compare(shape: Shape, megabytes: number, folder: string): Promise<string[]> {
  const file = path.join(folder, `${shape}-${megabytes}`);
  await writeDocument(file, shape, megabytes * 1_000_000);
  const bare: Side = shape === 'json' ? 'parse' : 'saxes';
  const ours: Run[] = [];
  const theirs: Run[] = [];
  for (let run = 0; run < runs; run += 1) {
    theirs.push(await inChild(bare, file));
    ours.push(await inChild('ours', file));
  }
  await rm(file);
  const time = (all: Run[]): number => median(all.map((one) => one.ms));
  const cpu = (all: Run[]): number => median(all.map((one) => one.cpuMs));
  const memory = (all: Run[]): string => Math.max(...all.map((one) => one.megabytes)).toFixed(0);
  return [
    shape,
    String(megabytes),
    `${time(theirs).toFixed(0)} (${bare})`,
    time(ours).toFixed(0),
    (time(ours) / time(theirs)).toFixed(2),
    (cpu(ours) / cpu(theirs)).toFixed(2),
    memory(theirs),
    memory(ours),
  ];
}

const [first, file] = process.argv.slice(2);
if (isSide(first) && file !== undefined) await runOnce(first, file);
else {
  const sizes = process.argv.slice(2).map(Number);
  const folder = await mkdtemp(path.join(tmpdir(), 'scan-link-bench-'));
  try {
    const rows = [
      ['document', 'MB', 'bare parser ms', 'ours ms', 'ratio', 'CPU ratio', 'bare peak MB', 'our peak MB'],
    ];
    for (const megabytes of sizes.length === 0 ? [50, 200] : sizes) {
      for (const shape of shapes) rows.push(await compare(shape, megabytes, folder));
    }
    console.log(table(rows));
    console.log('\nGoals: XML at most 1.3 times the bare parser, memory under 200 MB whatever the size.');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
