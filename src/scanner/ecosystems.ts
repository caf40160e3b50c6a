/**
 * What differs between ecosystems, as one table: how versions compare, how names are written, and the purl type
 * (github.com/package-url/purl-spec). A new ecosystem is a new row.
 */
import type { SchemeName } from './versions/schemes.ts';

export interface Ecosystem {
  /** Without a scheme only versions that an advisory lists one by one are matched. */
  readonly scheme?: SchemeName;
  readonly purlType: string;
  /** One spelling for all that the registry takes for the same name. */
  readonly normalName: (name: string) => string;
}

const asWritten = (name: string): string => name;
const lowerCase = (name: string): string => name.toLowerCase();
/** PEP 503: runs of `-`, `_` and `.` are one hyphen, case does not count. */
const pep503 = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, '-');
/** The index refuses a crate whose name differs from another's in case or hyphens only. */
const crate = (name: string): string => name.toLowerCase().replaceAll('_', '-');

/** Names as the OSV schema writes them, without a release. */
const table: Readonly<Record<string, Ecosystem>> = {
  npm: { scheme: 'npm', purlType: 'npm', normalName: asWritten },
  Go: { scheme: 'go', purlType: 'golang', normalName: asWritten },
  PyPI: { scheme: 'pep440', purlType: 'pypi', normalName: pep503 },
  'crates.io': { scheme: 'semver', purlType: 'cargo', normalName: crate },
  RubyGems: { scheme: 'rubygems', purlType: 'gem', normalName: asWritten },
  Maven: { scheme: 'maven', purlType: 'maven', normalName: asWritten },
  NuGet: { scheme: 'nuget', purlType: 'nuget', normalName: lowerCase },
  Packagist: { scheme: 'packagist', purlType: 'composer', normalName: lowerCase },
  Pub: { scheme: 'pub', purlType: 'pub', normalName: asWritten },
  Hex: { scheme: 'semver', purlType: 'hex', normalName: lowerCase },
  CRAN: { scheme: 'cran', purlType: 'cran', normalName: asWritten },
  Hackage: { scheme: 'hackage', purlType: 'hackage', normalName: asWritten },
  GHC: { scheme: 'hackage', purlType: 'hackage', normalName: asWritten },
  SwiftURL: { scheme: 'semver', purlType: 'swift', normalName: asWritten },
  Bitnami: { scheme: 'semver', purlType: 'bitnami', normalName: asWritten },
  Debian: { scheme: 'dpkg', purlType: 'deb', normalName: asWritten },
  Ubuntu: { scheme: 'dpkg', purlType: 'deb', normalName: asWritten },
  Alpine: { scheme: 'apk', purlType: 'apk', normalName: asWritten },
  Wolfi: { scheme: 'apk', purlType: 'apk', normalName: asWritten },
  Chainguard: { scheme: 'apk', purlType: 'apk', normalName: asWritten },
  'Red Hat': { scheme: 'rpm', purlType: 'rpm', normalName: asWritten },
  AlmaLinux: { scheme: 'rpm', purlType: 'rpm', normalName: asWritten },
  'Rocky Linux': { scheme: 'rpm', purlType: 'rpm', normalName: asWritten },
  SUSE: { scheme: 'rpm', purlType: 'rpm', normalName: asWritten },
  openSUSE: { scheme: 'rpm', purlType: 'rpm', normalName: asWritten },
  openEuler: { scheme: 'rpm', purlType: 'rpm', normalName: asWritten },
};

const unknown: Ecosystem = { purlType: 'generic', normalName: asWritten };

/** `Debian:12` → `Debian`. */
export function baseEcosystem(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(0, colon);
}

/** The rules for `name`, given with or without a release; names as written and no scheme for one not in the table. */
export function ecosystemOf(name: string): Ecosystem {
  const base = baseEcosystem(name);
  return Object.hasOwn(table, base) ? (table[base] ?? unknown) : unknown;
}
