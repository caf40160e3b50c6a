/** `Cargo.lock`, versions 1 to 4 (doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html). */
import type { Package } from '../model.ts';
import type { FileContent, SourceFile } from './cataloger.ts';
import { listOf, textOf } from './checks.ts';
import { readTomlLock } from './toml-lock.ts';
import type { LockedPackage } from './toml-lock.ts';

export function readCargoLock(file: SourceFile): FileContent {
  const { packages } = readTomlLock(file.text());
  const direct = directNames(packages);
  const found = packages.map(({ name, version, line, fields }): Package => {
    const commit = /^git\+.*#([0-9a-f]{40})$/.exec(textOf(fields['source']) ?? '')?.[1];
    return {
      ecosystem: 'crates.io',
      name,
      version,
      location: { path: file.path, line },
      direct: isOwn({ fields }) ? undefined : direct.has(name) || direct.has(`${name} ${version}`),
      ...(commit === undefined ? {} : { commit }),
    };
  });
  return { packages: found, notes: [] };
}

/** Members of the workspace come from nowhere else. */
const isOwn = ({ fields }: Pick<LockedPackage, 'fields'>): boolean => fields['source'] === undefined;

/** Entries are `name`, `name version` or `name version (source)`, as much as it takes to tell them apart. */
function directNames(packages: readonly LockedPackage[]): Set<string> {
  const named = packages.filter(isOwn).flatMap(({ fields }) => listOf(fields['dependencies']));
  return new Set(named.map((entry) => (textOf(entry) ?? '').replace(/ \(.*\)$/, '')));
}
