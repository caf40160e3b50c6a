/** `poetry.lock`, versions 1.0 to 2.1. */
import type { Package } from '../model.ts';
import { someOf } from './cataloger.ts';
import type { FileContent, SourceFile } from './cataloger.ts';
import { fieldsOf, listOf, textOf } from './checks.ts';
import type { Fields } from './checks.ts';
import { readTomlLock } from './toml-lock.ts';

export function readPoetryLock(file: SourceFile): FileContent {
  const { packages } = readTomlLock(file.text());
  const found = packages.map(({ name, version, line, fields }): Package => {
    const commit = commitOf(fieldsOf(fields['source']));
    return {
      ecosystem: 'PyPI',
      name,
      version,
      location: { path: file.path, line },
      dev: isDev(fields),
      ...(commit === undefined ? {} : { commit }),
    };
  });
  const unknown = found.filter(({ version }) => version === undefined).map(({ name }) => name);
  return {
    packages: found,
    notes: unknown.length === 0 ? [] : [`no version is given for ${someOf(unknown)}`],
  };
}

/** `category` until Poetry 1.4, `groups` from Poetry 2.0; between them the file does not say. */
function isDev(fields: Fields): boolean | undefined {
  const category = textOf(fields['category']);
  if (category !== undefined) return category === 'dev';
  const groups = listOf(fields['groups']);
  return groups.length === 0 ? undefined : !groups.includes('main');
}

function commitOf(source: Fields): string | undefined {
  return source['type'] === 'git' ? textOf(source['resolved_reference']) : undefined;
}
