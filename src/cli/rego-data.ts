/** Reads policies and data from files and folders, as `opa eval --data` does. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, ScanLinkError } from '../lib/errors.ts';
import { fromJs, fromJson, JsonError, RegoObject } from '../rego/index.ts';
import type { ModuleSource, Value } from '../rego/index.ts';

interface Loaded {
  readonly modules: ModuleSource[];
  /** Documents under `data`. */
  readonly data: Value;
}

type Tree = Map<string, Tree | Value>;

/**
 * Reads `paths`: a `.rego` file is a module, a JSON or YAML file is merged into `data` at its root, or under the
 * names of the folders that lead to it within a folder given. `prefix:path` puts the file below `data.prefix`.
 */
export async function loadData(paths: readonly string[]): Promise<Loaded> {
  const modules: ModuleSource[] = [];
  const root: Tree = new Map();
  for (const given of paths) {
    const [prefix, file] = split(given);
    await load(file, prefix, (await stat(file)).isDirectory(), modules, root);
  }
  return { modules, data: toValue(root) };
}

/** `a.b:file.json` → the keys under which it goes, and the file. */
function split(given: string): [string[], string] {
  const match = /^([A-Za-z_][\w.]*):(?!\/\/)(.+)$/.exec(given);
  if (!match) return [[], given.replace(/^file:\/\//, '')];
  const keys = (match[1] ?? '').split('.');
  return [keys[0] === 'data' ? keys.slice(1) : keys, match[2] ?? ''];
}

async function load(
  file: string,
  keys: readonly string[],
  folder: boolean,
  modules: ModuleSource[],
  root: Tree,
): Promise<void> {
  if (folder) {
    const entries = (await readdir(file, { withFileTypes: true })).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    );
    for (const entry of entries) {
      const inner = path.join(file, entry.name);
      const below = entry.isDirectory() ? [...keys, entry.name] : keys;
      if (entry.isDirectory() || isLoaded(entry.name))
        await load(inner, below, entry.isDirectory(), modules, root);
    }
    return;
  }
  const source = await readFile(file, 'utf8');
  if (file.endsWith('.rego')) modules.push({ name: file, source });
  else merge(root, keys, await parseDocument(source, file), file);
}

function isLoaded(name: string): boolean {
  return /\.(?:rego|json|ya?ml)$/.test(name);
}

/** JSON, or YAML where it is not JSON and the name does not say `.json`. Throws `ScanLinkError` naming `file`. */
export async function parseDocument(source: string, file: string): Promise<Value> {
  try {
    return fromJson(source.replace(/^\ufeff/, ''));
  } catch (error) {
    if (!(error instanceof JsonError) || file.endsWith('.json')) throw invalid(file, messageOf(error), error);
  }
  // Loaded only for the document that is not JSON: it costs more than the rest.
  const { parse } = await import('yaml');
  try {
    return fromJs(parse(source));
  } catch (error) {
    throw invalid(file, messageOf(error).split('\n')[0] ?? '', error);
  }
}

function merge(tree: Tree, keys: readonly string[], value: Value, file: string): void {
  const [key, ...rest] = keys;
  if (key !== undefined) {
    merge(child(tree, key, file), rest, value, file);
    return;
  }
  if (!(value instanceof RegoObject))
    throw invalid(file, 'a document at the root of data has to be an object');
  for (const [name, inner] of value.entries()) {
    if (typeof name !== 'string') continue;
    if (inner instanceof RegoObject) merge(child(tree, name, file), [], inner, file);
    else if (tree.has(name)) throw invalid(file, `data.${name} is already given by another file`);
    else tree.set(name, inner);
  }
}

function child(tree: Tree, key: string, file: string): Tree {
  const existing = tree.get(key);
  if (existing instanceof Map) return existing;
  if (existing !== undefined) throw invalid(file, `data.${key} is already given by another file`);
  const made: Tree = new Map();
  tree.set(key, made);
  return made;
}

function toValue(tree: Tree): Value {
  return RegoObject.from(
    [...tree].map(([key, inner]) => [key, inner instanceof Map ? toValue(inner) : inner]),
  );
}

function invalid(file: string, why: string, cause?: unknown): ScanLinkError {
  return new ScanLinkError(`${file}: ${why}`, { code: 'DocumentInvalid', where: { path: file }, cause });
}
