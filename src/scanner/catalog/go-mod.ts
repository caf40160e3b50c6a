/**
 * `go.mod` (go.dev/ref/mod#go-mod-file): the versions required, after `replace` and `exclude`, and the toolchain as
 * the package `stdlib`. Before Go 1.17 indirect requirements were not listed; there `go.sum` completes the list.
 */
import type { Package } from '../model.ts';
import { someOf } from './cataloger.ts';
import type { FileContent, SourceFile } from './cataloger.ts';

interface Directive {
  readonly verb: string;
  readonly args: readonly string[];
  readonly line: number;
  readonly comment: string;
}

interface Replacement {
  readonly module: string;
  /** Empty for all versions. */
  readonly version: string;
  readonly by: string;
  /** Undefined where `by` is a folder. */
  readonly byVersion?: string;
  readonly line: number;
}

export function readGoMod(file: SourceFile): FileContent {
  const directives = [...directivesOf(file.text())];
  if (directives.length === 0) throw new Error('holds no directive of a go.mod file');
  const notes: string[] = [];
  const required = requiredModules(directives, file.path, notes);
  const toolchain = toolchainOf(directives);
  const packages = new Map(required.map((found) => [`${found.name}@${found.version}`, found]));
  if (isBefore117(directives)) addFromSum(file, packages);
  if (toolchain) {
    const { version, line } = toolchain;
    packages.set('stdlib', { ecosystem: 'Go', name: 'stdlib', version, location: { path: file.path, line } });
  }
  return { packages: [...packages.values()], notes };
}

/** Lines, with `verb ( … )` blocks taken apart. */
function* directivesOf(text: string): Generator<Directive> {
  let block: string | undefined;
  let line = 0;
  for (const raw of text.split('\n')) {
    line++;
    const [code, comment] = splitComment(raw);
    const words = wordsOf(code);
    const [first] = words;
    if (first === undefined) continue;
    if (block !== undefined && first === ')') block = undefined;
    else if (block !== undefined) yield { verb: block, args: words, line, comment };
    else if (words.at(-1) === '(') block = first;
    else yield { verb: first, args: words.slice(1), line, comment };
  }
}

function splitComment(line: string): [string, string] {
  const at = line.indexOf('//');
  // A module path may hold no two slashes, so that `//` always begins a comment.
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 2).trim()];
}

function wordsOf(code: string): string[] {
  const words = code.match(/"[^"]*"|`[^`]*`|[()]|[^\s()"`]+/g) ?? [];
  return words.map((word) => word.replaceAll(/^["`]|["`]$/g, ''));
}

function requiredModules(directives: readonly Directive[], path: string, notes: string[]): Package[] {
  const replacements = directives.flatMap(replacementOf);
  const excluded = new Set(
    directives.filter(({ verb }) => verb === 'exclude').map(({ args }) => args.join('@')),
  );
  const folders: string[] = [];
  const lost: string[] = [];
  const packages = directives.flatMap(({ verb, args, line, comment }): Package[] => {
    const [name, version] = args;
    if (verb !== 'require' || name === undefined || version === undefined) return [];
    const found: Package = {
      ecosystem: 'Go',
      name,
      version,
      location: { path, line },
      direct: !/^indirect\b/.test(comment),
    };
    const replaced = replacements.findLast(
      (r) => r.module === name && (r.version === '' || r.version === version),
    );
    if (replaced?.byVersion !== undefined) {
      const location = { path, line: replaced.line };
      return [{ ...found, name: replaced.by, version: replaced.byVersion, location }];
    }
    if (replaced) {
      folders.push(name);
      return [{ ...found, version: undefined }];
    }
    if (!excluded.has(`${name}@${version}`)) return [found];
    lost.push(name);
    return [{ ...found, version: undefined }];
  });
  if (folders.length > 0) notes.push(`replaced by folders, so that no version is known: ${someOf(folders)}`);
  if (lost.length > 0)
    notes.push(`required in a version that is excluded, so that none is known: ${someOf(lost)}`);
  return packages;
}

/** `module [version] => other version`, or `=> ./folder`. */
function replacementOf({ verb, args, line }: Directive): Replacement[] {
  const arrow = args.indexOf('=>');
  const [module, version = ''] = args.slice(0, Math.max(0, arrow));
  const [by, byVersion] = args.slice(arrow + 1);
  if (verb !== 'replace' || arrow < 1 || module === undefined || by === undefined) return [];
  return [{ module, version, by, byVersion, line }];
}

/** The toolchain that builds: the `toolchain` line, else the `go` line. */
function toolchainOf(directives: readonly Directive[]): { version: string; line: number } | undefined {
  const last = (verb: string): Directive | undefined =>
    directives.findLast((directive) => directive.verb === verb);
  const toolchain = last('toolchain');
  const named = /^go(\d[^-]*)/.exec(toolchain?.args[0] ?? '')?.[1];
  if (toolchain && named !== undefined) return { version: named, line: toolchain.line };
  const go = last('go');
  const version = go?.args[0];
  return go && version !== undefined ? { version, line: go.line } : undefined;
}

/** A file without a `go` line is of Go 1.16. */
function isBefore117(directives: readonly Directive[]): boolean {
  const version = directives.findLast(({ verb }) => verb === 'go')?.args[0] ?? '1.16';
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major < 1 || (major === 1 && minor < 17);
}

function addFromSum(file: SourceFile, packages: Map<string, Package>): void {
  const sum = file.open('go.sum');
  if (!sum) return;
  for (const [index, text] of sum.text().split('\n').entries()) {
    const [name, version, hash] = text.trim().split(/\s+/);
    // A line for a `go.mod` alone says that the module was looked at, not that its code is used.
    if (name === undefined || version === undefined || hash === undefined || version.endsWith('/go.mod'))
      continue;
    const key = `${name}@${version}`;
    if (packages.has(key)) continue;
    const location = { path: sum.path, line: index + 1 };
    packages.set(key, { ecosystem: 'Go', name, version, location, direct: false });
  }
}
