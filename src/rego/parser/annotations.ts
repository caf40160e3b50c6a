// `# METADATA` blocks: comments that hold YAML about the statement below them.
import { parse } from 'yaml';
import { entryAt } from './cursor.ts';
import { RegoErrors } from '../errors.ts';
import type { Annotations, Comment } from '../ast.ts';

const SCOPES = new Set(['rule', 'document', 'package', 'subpackages']);

/** The metadata blocks among a module's comments; `statementRows` are where statements begin. Throws RegoErrors. */
export function parseAnnotations(
  comments: readonly Comment[],
  statementRows: readonly number[],
): Annotations[] {
  const blocks: Annotations[] = [];
  for (let index = 0; index < comments.length; index += 1) {
    const first = comments[index];
    if (first === undefined || first.text.trim() !== 'METADATA') continue;
    const lines: Comment[] = [];
    while (follows(comments[index + 1], comments[index])) {
      index += 1;
      const line = comments[index];
      if (line !== undefined) lines.push(line);
    }
    blocks.push(readBlock(first, lines, statementRows));
  }
  return blocks;
}

function follows(next: Comment | undefined, current: Comment | undefined): boolean {
  return (
    next !== undefined &&
    current !== undefined &&
    next.loc.row === current.loc.row + 1 &&
    next.loc.col === current.loc.col
  );
}

function readBlock(first: Comment, lines: readonly Comment[], statementRows: readonly number[]): Annotations {
  const endRow = lines.at(-1)?.loc.row ?? first.loc.row;
  const fields = readYaml(first, lines);
  const scope = fields.get('scope') ?? defaultScope(first, endRow, statementRows);
  if (typeof scope !== 'string' || !SCOPES.has(scope)) {
    throw new RegoErrors([
      entryAt(`invalid annotation scope '${typeof scope === 'string' ? scope : typeof scope}'`, first.loc),
    ]);
  }
  return { scope, fields, loc: first.loc, endRow };
}

function defaultScope(first: Comment, endRow: number, statementRows: readonly number[]): string {
  const [packageRow = 0] = statementRows;
  return first.loc.row < packageRow && endRow < packageRow ? 'package' : 'rule';
}

function readYaml(first: Comment, lines: readonly Comment[]): Map<string, unknown> {
  let document: unknown;
  try {
    document = parse(lines.map((line) => line.text).join('\n'), { maxAliasCount: 0 });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new RegoErrors([entryAt(`yaml: ${message}`, first.loc)], { cause });
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new RegoErrors([entryAt('expected METADATA block, found whitespace', first.loc)]);
  }
  return new Map(Object.entries(document));
}
