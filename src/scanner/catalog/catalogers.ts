/** The table of formats: a new one is a file and a row. */
import type { Cataloger } from './cataloger.ts';

/** The last part of a path. */
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const named =
  (...names: string[]) =>
  (path: string): boolean =>
    names.includes(nameOf(path));

export const catalogers: readonly Cataloger[] = [
  {
    name: 'package-lock.json',
    ecosystem: 'npm',
    matches: named('package-lock.json', 'npm-shrinkwrap.json'),
    load: async () => (await import('./package-lock.ts')).readPackageLock,
  },
  {
    name: 'pnpm-lock.yaml',
    ecosystem: 'npm',
    matches: named('pnpm-lock.yaml'),
    load: async () => (await import('./pnpm-lock.ts')).readPnpmLock,
  },
  {
    name: 'go.mod',
    ecosystem: 'Go',
    matches: named('go.mod'),
    load: async () => (await import('./go-mod.ts')).readGoMod,
  },
  {
    name: 'Cargo.lock',
    ecosystem: 'crates.io',
    matches: named('Cargo.lock'),
    load: async () => (await import('./cargo-lock.ts')).readCargoLock,
  },
  {
    name: 'poetry.lock',
    ecosystem: 'PyPI',
    matches: named('poetry.lock'),
    load: async () => (await import('./poetry-lock.ts')).readPoetryLock,
  },
  {
    name: 'requirements.txt',
    ecosystem: 'PyPI',
    matches: (path) =>
      /requirements[^/]*\.txt$/.test(nameOf(path)) || /(?:^|\/)requirements\/[^/]+\.txt$/.test(path),
    load: async () => (await import('./requirements.ts')).readRequirements,
  },
];

/** Lock files and manifests of formats that no cataloger reads yet: passing over them is said, never shown as clean. */
const unreadFormats = new Set([
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
  'Pipfile.lock',
  'pdm.lock',
  'uv.lock',
  'pylock.toml',
  'Gemfile.lock',
  'gems.locked',
  'composer.lock',
  'pom.xml',
  'gradle.lockfile',
  'packages.lock.json',
  'packages.config',
  'project.assets.json',
  'pubspec.lock',
  'mix.lock',
  'renv.lock',
  'stack.yaml.lock',
  'cabal.project.freeze',
  'Package.resolved',
  'conan.lock',
]);

/** Whether a file tells of packages in a format that is known by name only. */
export function isUnreadFormat(path: string): boolean {
  return unreadFormats.has(nameOf(path));
}
