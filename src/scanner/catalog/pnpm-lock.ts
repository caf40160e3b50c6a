/**
 * `pnpm-lock.yaml`, versions 5 to 9 (github.com/pnpm/spec). Packages stand under keys that changed over time:
 * `/name/1.0.0_peers` (5), `/name@1.0.0(peers)` (6), `name@1.0.0` (9).
 */
import type { Package } from '../model.ts';
import { someOf } from './cataloger.ts';
import type { FileContent, SourceFile } from './cataloger.ts';
import { fieldsOf, isFields, textOf } from './checks.ts';
import type { Fields } from './checks.ts';
import { LineFinder } from './lines.ts';
import { readPlainYaml } from './plain-yaml.ts';
import { directPackages, runtimePackages } from './pnpm-graph.ts';

/** The whole YAML parser takes a second for a MiB: beyond this a file that needs it is refused. */
const longestForParser = 16 * 1024 * 1024;

export async function readPnpmLock(file: SourceFile): Promise<FileContent> {
  const text = file.text();
  const packages: Package[] = [];
  for (const lock of await documentsOf(text)) {
    if (!isFields(lock)) throw new Error('is no YAML mapping');
    if (textOf(lock['lockfileVersion']) === undefined) throw new Error('has no lockfileVersion');
    packages.push(...packagesOf(lock, file.path, new LineFinder(text)));
  }
  const unknown = packages.filter(({ version }) => version === undefined).map(({ name }) => name);
  return { packages, notes: unknown.length === 0 ? [] : [`no version is given for ${someOf(unknown)}`] };
}

/** One document; from pnpm 11 on a second one, for pnpm's own tools, may come before it. */
async function documentsOf(text: string): Promise<unknown[]> {
  const plain = readPlainYaml(text);
  if (plain !== undefined) return [plain];
  if (text.length > longestForParser) throw new Error('is too large to be read');
  const { parseAllDocuments } = await import('yaml');
  const documents = parseAllDocuments(text, { schema: 'failsafe', logLevel: 'silent' });
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    const [error] = document.errors;
    if (error) throw new Error(`is no YAML: ${error.message.split('\n')[0] ?? ''}`);
    return document.toJS({ maxAliasCount: 100 });
  });
}

function packagesOf(lock: Fields, path: string, lines: LineFinder): Package[] {
  const version = Number.parseFloat(textOf(lock['lockfileVersion']) ?? '');
  const direct = directPackages(lock);
  const runtime = version >= 9 ? runtimePackages(lock) : undefined;
  return Object.entries(fieldsOf(lock['packages'])).flatMap(([key, value]): Package[] => {
    const fields = fieldsOf(value);
    const line = lines.lineOf(`  ${quotedAsIn(key)}:`);
    const named = nameAndVersion(key, version);
    const name = textOf(fields['name']) ?? named.name;
    if (name === undefined) return [];
    const found = textOf(fields['version']) ?? named.version;
    const identity = `${name}@${found}`;
    const commit = commitOf(fieldsOf(fields['resolution']));
    return [
      {
        ecosystem: 'npm',
        name,
        version: found,
        location: { path, line },
        direct: direct.has(identity) || direct.has(key),
        dev: runtime ? !runtime.has(key) : fields['dev'] === 'true',
        ...(commit === undefined ? {} : { commit }),
      },
    ];
  });
}

/** pnpm quotes keys that begin with `@`, and those YAML would misread. */
const quotedAsIn = (key: string): string => (/^[@'"]/.test(key) || key.includes(': ') ? `'${key}'` : key);

/** A key without a name in it (a folder, a tarball) leaves both to the entry's own fields. */
function nameAndVersion(key: string, lockVersion: number): { name?: string; version?: string } {
  if (key.startsWith('file:') || key.startsWith('link:')) return {};
  const bare = key.replace(/\(.*$/, '');
  if (lockVersion >= 9) return atSplit(bare);
  // Before the first slash may stand the host of a registry.
  const slash = bare.indexOf('/');
  const path = slash < 0 ? bare : bare.slice(slash + 1);
  const split = lockVersion >= 6 ? atSplit(path) : slashSplit(path);
  return split.version !== undefined && /^\d/.test(split.version) ? split : {};
}

/** `@scope/name@1.0.0`; a version that is an URL is none. */
function atSplit(text: string): { name?: string; version?: string } {
  const at = text.indexOf('@', 1);
  if (at < 0) return {};
  const version = text.slice(at + 1);
  return { name: text.slice(0, at), ...(/^\d/.test(version) ? { version } : {}) };
}

/** `@scope/name/1.0.0_peer@2.0.0`. */
function slashSplit(text: string): { name?: string; version?: string } {
  const parts = text.split('/');
  const taken = text.startsWith('@') ? 2 : 1;
  const version = parts[taken]?.replace(/_.*$/, '');
  return { name: parts.slice(0, taken).join('/'), version };
}

function commitOf(resolution: Fields): string | undefined {
  const tarball = textOf(resolution['tarball']) ?? '';
  return (
    textOf(resolution['commit']) ??
    /^https:\/\/codeload\.[^/]+\/.*\/tar\.gz\/([0-9a-f]{40})$/.exec(tarball)?.[1]
  );
}
