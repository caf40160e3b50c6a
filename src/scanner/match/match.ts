/** Which advisories speak of which packages. */
import type { AdvisoryDb } from '../db/types.ts';
import { ecosystemOf } from '../ecosystems.ts';
import type { Package } from '../model.ts';
import type { Versions } from '../versions/scheme.ts';
import { loadVersions } from '../versions/schemes.ts';
import { candidateOf, judge } from './affected.ts';
import type { Match, ScannedFinding } from './finding.ts';

export interface Matched {
  /** Findings of those packages that have any. */
  readonly findings: Map<Package, ScannedFinding[]>;
  /** What could not be matched, and why. */
  readonly incomplete: string[];
}

/** Matches packages against the database, each on its own: the same package twice costs twice. */
export async function matchPackages(packages: readonly Package[], db: AdvisoryDb): Promise<Matched> {
  const findings = new Map<Package, ScannedFinding[]>();
  const incomplete: string[] = [];
  for (const [ecosystem, inside] of byEcosystem(packages)) {
    if (!db.hasEcosystem(ecosystem)) {
      incomplete.push(`${countOf(inside)} not matched: the advisory database holds nothing on ${ecosystem}`);
      continue;
    }
    const { scheme, normalName } = ecosystemOf(ecosystem);
    const known = db.known(
      ecosystem,
      inside.map(({ name }) => normalName(name)),
    );
    if (known.size === 0) continue;
    const versions = scheme === undefined ? undefined : await loadVersions(scheme);
    const unclear: string[] = [];
    for (const found of inside) {
      const name = normalName(found.name);
      const matches = known.has(name) ? matchOne(found, name, db, versions, unclear) : [];
      if (matches.length === 0) continue;
      // Loaded when there is something to report: what turns matches into findings is half of the matcher.
      const { findingsOf } = await import('./finding.ts');
      findings.set(found, findingsOf(matches, db, versions));
    }
    if (unclear.length > 0)
      incomplete.push(`${ecosystem}: versions that cannot be compared: ${someOf(unclear)}`);
  }
  return { findings, incomplete };
}

function byEcosystem(packages: readonly Package[]): Map<string, Package[]> {
  const groups = new Map<string, Package[]>();
  for (const found of packages) {
    const group = groups.get(found.ecosystem);
    if (group) group.push(found);
    else groups.set(found.ecosystem, [found]);
  }
  return groups;
}

/** A package without a version matches nothing; its cataloger said so. */
function matchOne(
  { ecosystem, name, version }: Package,
  normalName: string,
  db: AdvisoryDb,
  versions: Versions | undefined,
  unclear: string[],
): Match[] {
  if (version === undefined) return [];
  const affected = db.affected(ecosystem, normalName);
  const candidate = candidateOf(version, versions);
  const matches = new Map<number, Match>();
  for (const entry of affected) {
    const verdict = judge(entry, candidate);
    if (verdict.affected === 'unknown')
      unclear.push(`${name} ${version} (${db.advisory(entry.advisory).id})`);
    if (verdict.affected !== true) continue;
    // A record may speak of one package several times.
    const known = matches.get(entry.advisory);
    matches.set(entry.advisory, {
      advisory: db.advisory(entry.advisory),
      ratings: [...(known?.ratings ?? []), ...entry.ratings],
      fixedIn: [...(known?.fixedIn ?? []), ...verdict.fixedIn],
    });
  }
  return [...matches.values()];
}

const countOf = (packages: readonly Package[]): string =>
  packages.length === 1 ? '1 package was' : `${packages.length} packages were`;

function someOf(texts: readonly string[]): string {
  const more = texts.length - 5;
  return texts.slice(0, 5).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
