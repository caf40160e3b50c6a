/**
 * `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3
 * (docs.npmjs.com/cli/configuring-npm/package-lock-json). From version 2 on `packages` tells everything.
 */
import type { Package } from '../model.ts';
import { someOf } from './cataloger.ts';
import type { FileContent, SourceFile } from './cataloger.ts';
import { fieldsOf, isFields, textOf } from './checks.ts';
import type { Fields } from './checks.ts';
import { LineFinder } from './lines.ts';

/** Version 1 nests a package below the one that needs its own copy of it; npm itself never comes near this. */
const deepest = 200;

export function readPackageLock(file: SourceFile): FileContent {
  // npm reads the shrinkwrap alone where both are.
  if (file.path.endsWith('package-lock.json') && file.open('npm-shrinkwrap.json'))
    return { packages: [], notes: [] };
  const text = file.text();
  const lock: unknown = JSON.parse(text);
  if (!isFields(lock)) throw new Error('is no JSON object');
  const lines = new LineFinder(text);
  if (isFields(lock['packages'])) return content(fromPackages(lock['packages'], file.path, lines));
  const packages: Package[] = [];
  fromDependencies(fieldsOf(lock['dependencies']), { path: file.path, lines, packages, depth: 0 });
  return content(packages);
}

function content(packages: Package[]): FileContent {
  const unknown = packages.filter(({ version }) => version === undefined).map(({ name }) => name);
  const notes = unknown.length === 0 ? [] : [`no version is given for ${someOf(unknown)}`];
  return { packages, notes };
}

/** Keys are folders: `node_modules/a/node_modules/@b/c`; those outside of any `node_modules` are the project's own. */
function fromPackages(entries: Fields, path: string, lines: LineFinder): Package[] {
  const direct = directFolders(fieldsOf(entries['']));
  const packages: Package[] = [];
  for (const [folder, entry] of Object.entries(entries)) {
    if (folder === '' || !isFields(entry) || entry['link'] === true) continue;
    const name = textOf(entry['name']) ?? nameOfFolder(folder);
    if (name === undefined) continue;
    const commit = commitOf(textOf(entry['resolved']) ?? '');
    packages.push({
      ecosystem: 'npm',
      name,
      version: textOf(entry['version']),
      location: { path, line: lines.lineOf(`${JSON.stringify(folder)}:`) },
      direct: direct.has(folder),
      dev: entry['dev'] === true,
      ...(commit === undefined ? {} : { commit }),
      ...licensesOf(entry['license']),
    });
  }
  return packages;
}

function nameOfFolder(folder: string): string | undefined {
  const parts = folder.split('/');
  const last = parts.at(-1);
  if (last === undefined || last === '') return undefined;
  const scope = parts.at(-2);
  return scope?.startsWith('@') ? `${scope}/${last}` : last;
}

const dependencyKinds = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
] as const;

/** Where npm puts what the project itself names. */
function directFolders(root: Fields): Set<string> {
  const names = dependencyKinds.flatMap((kind) => Object.keys(fieldsOf(root[kind])));
  return new Set(names.map((name) => `node_modules/${name}`));
}

function licensesOf(license: unknown): { licenses?: string[] } {
  const text = textOf(license);
  return text === undefined ? {} : { licenses: [text] };
}

interface Walk {
  readonly path: string;
  readonly lines: LineFinder;
  readonly packages: Package[];
  readonly depth: number;
}

function fromDependencies(dependencies: Fields, walk: Walk): void {
  if (walk.depth > deepest) throw new Error(`nests dependencies deeper than ${deepest} levels`);
  for (const [key, entry] of Object.entries(dependencies)) {
    if (!isFields(entry)) continue;
    const { name, version, commit } = resolutionOf(key, textOf(entry['version']) ?? '');
    walk.packages.push({
      ecosystem: 'npm',
      name,
      version,
      location: { path: walk.path, line: walk.lines.lineOf(`${JSON.stringify(key)}:`) },
      dev: entry['dev'] === true,
      ...(commit === undefined ? {} : { commit }),
    });
    if (isFields(entry['dependencies']))
      fromDependencies(entry['dependencies'], { ...walk, depth: walk.depth + 1 });
  }
}

/** In version 1 the field holds a version, an alias `npm:other@1.2.3`, or where the package came from. */
function resolutionOf(key: string, version: string): { name: string; version?: string; commit?: string } {
  if (version.startsWith('npm:')) {
    const at = version.lastIndexOf('@');
    if (at > 4) return { name: version.slice(4, at), version: version.slice(at + 1) };
  }
  if (/^\d/.test(version)) return { name: key, version };
  return { name: key, commit: commitOf(version) };
}

/** `git+ssh://…#<commit>`. */
function commitOf(resolved: string): string | undefined {
  return /^(?:git|github:|gitlab:|bitbucket:).*#([0-9a-f]{40})$/.exec(resolved)?.[1];
}
