/** What lock files in TOML share: a list `[[package]]` of tables with `name` and `version`. */
import { parse } from 'smol-toml';
import { isFields, listOf, textOf } from './checks.ts';
import type { Fields } from './checks.ts';

export interface LockedPackage {
  readonly name: string;
  readonly version?: string;
  readonly line?: number;
  /** The whole table. */
  readonly fields: Fields;
}

export interface TomlLock {
  readonly root: Fields;
  readonly packages: LockedPackage[];
}

/** @throws Error with line and column where `text` is no TOML. */
export function readTomlLock(text: string): TomlLock {
  const root: unknown = parse(text);
  if (!isFields(root)) throw new Error('is no TOML table');
  const lines = headerLines(text);
  const packages = listOf(root['package']).flatMap((fields, index): LockedPackage[] => {
    if (!isFields(fields)) return [];
    const name = textOf(fields['name']);
    if (name === undefined) return [];
    return [{ name, version: textOf(fields['version']), line: lines[index], fields }];
  });
  return { root, packages };
}

/** The n-th `[[package]]` is the n-th package. */
function headerLines(text: string): number[] {
  const lines: number[] = [];
  let line = 0;
  for (const content of text.split('\n')) {
    line++;
    if (/^\s*\[\[\s*package\s*\]\]/.test(content)) lines.push(line);
  }
  return lines;
}
