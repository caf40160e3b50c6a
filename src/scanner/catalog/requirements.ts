/**
 * `requirements.txt` (pip.pypa.io/en/stable/reference/requirements-file-format): pinned versions are taken as they
 * are; of a range the lowest allowed version is assumed, and a note says so; files named by `-r` are read too.
 */
import type { Package } from '../model.ts';
import { plural, someOf } from './cataloger.ts';
import type { FileContent, SourceFile } from './cataloger.ts';

interface Reading {
  readonly packages: Package[];
  readonly assumed: string[];
  readonly unversioned: string[];
  readonly unread: string[];
  /** Paths read so far: files may name each other. */
  readonly seen: Set<string>;
}

const mostFiles = 200;

export function readRequirements(file: SourceFile): FileContent {
  const reading: Reading = { packages: [], assumed: [], unversioned: [], unread: [], seen: new Set() };
  readFile(file, reading);
  const notes: string[] = [];
  const { assumed, unversioned, unread } = reading;
  if (assumed.length > 0) {
    notes.push(
      `${plural(assumed.length, 'package')} not pinned, taken at the version named: ${someOf(assumed)}`,
    );
  }
  if (unversioned.length > 0) {
    notes.push(`${plural(unversioned.length, 'package')} without a version to match: ${someOf(unversioned)}`);
  }
  for (const what of unread) notes.push(what);
  return { packages: reading.packages, notes };
}

function readFile(file: SourceFile, reading: Reading): void {
  if (reading.seen.has(file.path)) return;
  reading.seen.add(file.path);
  for (const { text, line } of logicalLines(file.text())) readLine(file, text, line, reading);
}

/** Lines with `\` at their end joined, comments taken off; `line` is where each begins. */
function* logicalLines(text: string): Generator<{ text: string; line: number }> {
  let pending = '';
  let start = 0;
  let line = 0;
  for (const raw of text.split(/\r?\n/)) {
    line++;
    if (pending === '') start = line;
    const joined = pending + raw.replace(/(^|\s)#.*$/, '');
    pending = '';
    if (joined.endsWith('\\')) pending = `${joined.slice(0, -1)} `;
    else if (joined.trim() !== '') yield { text: joined.trim(), line: start };
  }
  if (pending.trim() !== '') yield { text: pending.trim(), line: start };
}

/** PEP 508: a name, extras, then versions, an URL, or nothing; markers behind `;` and pip's options behind ` --`. */
const requirement = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)$/;

function readLine(file: SourceFile, text: string, line: number, reading: Reading): void {
  const include = /^(?:-r|--requirement)(?:\s+|=|(?=[^\s-]))\s*(.+)$/.exec(text);
  if (include?.[1] !== undefined) return readInclude(file, include[1].trim(), line, reading);
  const location = { path: file.path, line };
  if (text.startsWith('-') && !/^(?:-e|--editable)\b/.test(text)) return;
  const clean = text
    .replace(/\s--?[a-zA-Z].*$/, '')
    .replace(/;.*$/, '')
    .trim();
  const match = requirement.exec(clean);
  const [, name, constraint = ''] = match ?? [];
  if (
    name === undefined ||
    /^(?:-|[a-z+]+:|\/|\\)/i.test(constraint) ||
    /[$/\\]/.test(clean.split('@')[0] ?? '')
  ) {
    reading.unread.push(`line ${line} names a file or a URL in place of a package, which is not read`);
    return;
  }
  const { version, exact } = versionOf(constraint);
  reading.packages.push({ ecosystem: 'PyPI', name, version, location, direct: true });
  if (version === undefined) reading.unversioned.push(name);
  else if (!exact) reading.assumed.push(name);
}

function readInclude(file: SourceFile, target: string, line: number, reading: Reading): void {
  const included = reading.seen.size < mostFiles ? file.open(target) : undefined;
  if (included) readFile(included, reading);
  else reading.unread.push(`line ${line} names a file that cannot be read: ${target.slice(0, 200)}`);
}

/** `==1.2` and `===1.2` are exact; of other constraints the lowest version they name as allowed. */
function versionOf(constraint: string): { version?: string; exact: boolean } {
  const parts = constraint.replaceAll(/[()]/g, '').split(',');
  const clauses = parts.flatMap((part) => {
    const match = /^\s*(===|==|>=|~=|<=)\s*([^\s,*]+)\s*$/.exec(part);
    return match ? [{ operator: match[1] ?? '', version: match[2] ?? '' }] : [];
  });
  const pinned = clauses.find(({ operator }) => operator === '==' || operator === '===');
  if (pinned) return { version: pinned.version, exact: true };
  const lowest = clauses.find(({ operator }) => operator !== '<=') ?? clauses[0];
  return { version: lowest?.version, exact: false };
}
