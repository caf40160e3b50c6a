/** The table of schemes. Each is loaded when first asked for: a scan of one lock file needs one of them. */
import { versionsOf } from './scheme.ts';
import type { Versions } from './scheme.ts';

const loaders = {
  semver: async () => versionsOf((await import('./semver.ts')).semver),
  npm: async () => versionsOf((await import('./npm.ts')).npm),
  go: async () => versionsOf((await import('./go.ts')).go),
  pep440: async () => versionsOf((await import('./pep440.ts')).pep440),
  rubygems: async () => versionsOf((await import('./rubygems.ts')).rubygems),
  maven: async () => versionsOf((await import('./maven.ts')).maven),
  nuget: async () => versionsOf((await import('./nuget.ts')).nuget),
  packagist: async () => versionsOf((await import('./packagist.ts')).packagist),
  pub: async () => versionsOf((await import('./pub.ts')).pub),
  cran: async () => versionsOf((await import('./numbers.ts')).cran),
  hackage: async () => versionsOf((await import('./numbers.ts')).hackage),
  dpkg: async () => versionsOf((await import('./dpkg.ts')).dpkg),
  apk: async () => versionsOf((await import('./apk.ts')).apk),
  rpm: async () => versionsOf((await import('./rpm.ts')).rpm),
} satisfies Record<string, () => Promise<Versions>>;

export type SchemeName = keyof typeof loaders;

/** The names of all schemes, for tables in tests and documentation. */
export const schemeNames = Object.keys(loaders) as readonly SchemeName[];

/** How versions of the scheme compare. */
export function loadVersions(name: SchemeName): Promise<Versions> {
  return loaders[name]();
}
