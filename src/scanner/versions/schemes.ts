/** The table of schemes. Each is loaded when first asked for: a scan of one lock file needs one of them. */
import { versionsOf } from './scheme.ts';
import type { Versions } from './scheme.ts';

const loaders = {
  semver: async () => versionsOf((await import('./semver.ts')).semver),
  npm: async () => versionsOf((await import('./npm.ts')).npm),
  go: async () => versionsOf((await import('./go.ts')).go),
  pep440: async () => versionsOf((await import('./pep440.ts')).pep440),
} satisfies Record<string, () => Promise<Versions>>;

export type SchemeName = keyof typeof loaders;

/** The names of all schemes, for tables in tests and documentation. */
export const schemeNames = Object.keys(loaders) as readonly SchemeName[];

/** How versions of the scheme compare. */
export function loadVersions(name: SchemeName): Promise<Versions> {
  return loaders[name]();
}
