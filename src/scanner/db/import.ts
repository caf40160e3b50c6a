/** Builds the advisory database from OSV records: aside first, then renamed into place. */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { ScanLinkError, messageOf } from '../../lib/errors.ts';
import { openDb } from './open.ts';
import { BrokenRecord, readOsvRecord } from './osv-record.ts';
import type { OsvRecord } from './osv-record.ts';
import { sourceItems } from './sources.ts';
import type { SourceItem } from './sources.ts';
import type { ImportOptions, ImportResult } from './types.ts';
import { DatabaseWriter } from './writer.ts';

/** How often others get their turn, progress is told and an abort is seen: records. */
const step = 1000;
const mostProblems = 20;

/** See `importOsv` in `../index.ts`. */
export async function importOsv(
  source: string,
  dbPath: string,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const target = path.resolve(dbPath);
  const aside = `${target}.part-${process.pid}`;
  prepareFolder(target);
  try {
    const problems = await build(source, aside, options);
    sync(aside);
    renameSync(aside, target);
    sync(path.dirname(target));
    const db = await openDb(target);
    db.close();
    return { ...db.info, problems };
  } catch (error) {
    rmSync(aside, { force: true });
    if (error instanceof ScanLinkError || options.signal?.aborted) throw error;
    throw notBuilt(target, error);
  }
}

function prepareFolder(target: string): void {
  try {
    mkdirSync(path.dirname(target), { recursive: true });
    removeLeftovers(target);
  } catch (error) {
    throw notBuilt(target, error);
  }
}

function notBuilt(target: string, cause: unknown): ScanLinkError {
  return new ScanLinkError(`The advisory database ${target} could not be built: ${messageOf(cause)}`, {
    code: 'DatabaseImportFailed',
    cause,
  });
}

async function build(source: string, aside: string, options: ImportOptions): Promise<string[]> {
  const problems: string[] = [];
  const counts = { records: 0, skipped: 0, withdrawn: 0 };
  const db = new DatabaseSync(aside);
  try {
    const writer = new DatabaseWriter(db);
    for (const item of sourceItems(source)) {
      if (counts.records % step === 0) await takeTurn(item.file, counts.records, options);
      counts.records++;
      const record = recordOf(item);
      if (typeof record === 'string') {
        counts.skipped++;
        if (problems.length < mostProblems) problems.push(record);
      } else if (record.withdrawn) counts.withdrawn++;
      else writer.add(record, 'text' in item ? item.text : '');
    }
    if (writer.advisories === 0) throw nothingUsable(source, problems);
    const { skipped, withdrawn } = counts;
    writer.finish({ name: options.name ?? 'OSV', source: options.source ?? source, skipped, withdrawn });
  } finally {
    db.close();
  }
  return problems;
}

async function takeTurn(file: string, records: number, options: ImportOptions): Promise<void> {
  options.signal?.throwIfAborted();
  options.onProgress?.({ file, records });
  await setImmediate();
}

/** The record, or a sentence on why it is left out. */
function recordOf(item: SourceItem): OsvRecord | string {
  const where = item.entry === '' ? item.file : `${item.file}/${item.entry}`;
  if ('problem' in item) return `${where} ${item.problem}`;
  try {
    return readOsvRecord(item.text);
  } catch (error) {
    if (error instanceof BrokenRecord) return `${where} ${error.message}`;
    throw error;
  }
}

function nothingUsable(source: string, problems: readonly string[]): ScanLinkError {
  const why =
    problems[0] === undefined
      ? 'there are no .zip or .json files in it'
      : `the first problem: ${problems[0]}`;
  return new ScanLinkError(`No advisory could be read from ${source}; ${why}`, {
    code: 'DatabaseImportFailed',
  });
}

/** Files of imports that were killed. One that still runs keeps its own: its process lives. */
function removeLeftovers(target: string): void {
  const prefix = `${path.basename(target)}.part-`;
  for (const name of readdirSync(path.dirname(target))) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number(name.slice(prefix.length));
    if (pid === process.pid || !isAlive(pid)) rmSync(path.join(path.dirname(target), name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return Number.isInteger(pid) && process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function sync(file: string): void {
  const fd = openSync(file, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
