/** What a report says, in the shape of the tables: packages, vulnerabilities, and which has which. */
import { createHash } from 'node:crypto';
import { severities } from '../../report/model.ts';
import type { Component, Finding, Rating, Report } from '../../report/model.ts';

export interface PackageContent {
  readonly name: string;
  readonly version: string;
  readonly manager: string;
  readonly purl: string;
  readonly homepage: string;
}

export interface VulnerabilityContent {
  readonly cveId: string;
  readonly cna: string;
  readonly description: string;
  readonly url: string;
  readonly references: readonly string[];
  readonly ratings: readonly Rating[];
  readonly aliases: readonly string[];
  readonly fixedIn: readonly string[];
  /** Index into `severities`: 0 is the highest. */
  readonly severity: number;
}

export interface FindingContent {
  readonly packageKey: string;
  readonly cveId: string;
  readonly severity: number;
}

export interface Content {
  /** By `packageKey`. */
  readonly packages: ReadonlyMap<string, PackageContent>;
  /** By id. */
  readonly vulnerabilities: ReadonlyMap<string, VulnerabilityContent>;
  readonly findings: readonly FindingContent[];
}

/** Longest name, version, URL that is kept: an index of PostgreSQL takes no more than 2,704 bytes. */
const longestName = 600;
const longestText = 64 * 1024;
const mostReferences = 200;

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
export function clean(text: string | undefined, longest = longestName): string {
  if (text === undefined) return '';
  const plain = text.includes('\0') ? text.replaceAll('\0', '') : text;
  return plain.slice(0, longest).toWellFormed();
}

/** 32 hexadecimal digits that tell things apart by all of `parts`. */
export function keyOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

export function packageKey(content: PackageContent): string {
  return keyOf(content.name, content.version, content.manager, content.purl);
}

/** Gathers content in whatever order it comes; the same thing twice is one. */
export class ContentBuilder implements Content {
  readonly packages = new Map<string, PackageContent>();
  readonly vulnerabilities = new Map<string, VulnerabilityContent>();
  readonly #findings = new Map<string, FindingContent>();

  get findings(): readonly FindingContent[] {
    return [...this.#findings.values()];
  }

  addPackage(content: PackageContent): string {
    const key = packageKey(content);
    this.packages.set(key, content);
    return key;
  }

  /** Of two that speak of one id the worse is kept: nothing is made to look better than a report has it. */
  addVulnerability(content: VulnerabilityContent): void {
    const known = this.vulnerabilities.get(content.cveId);
    if (!known || content.severity < known.severity) this.vulnerabilities.set(content.cveId, content);
  }

  addFinding(finding: FindingContent): void {
    const key = `${finding.packageKey} ${finding.cveId}`;
    const known = this.#findings.get(key);
    if (!known || finding.severity < known.severity) this.#findings.set(key, finding);
  }
}

export function contentOfReport(report: Report): Content {
  const builder = new ContentBuilder();
  const seen = new Map<Finding, VulnerabilityContent>();
  for (const component of report.components) {
    const key = builder.addPackage(packageOf(component));
    for (const finding of component.findings) {
      let vulnerability = seen.get(finding);
      if (!vulnerability) {
        vulnerability = vulnerabilityOf(finding);
        seen.set(finding, vulnerability);
        builder.addVulnerability(vulnerability);
      }
      const { cveId, severity } = vulnerability;
      builder.addFinding({ packageKey: key, cveId, severity });
    }
  }
  return builder;
}

function packageOf({ group, name, version, purl, type }: Component): PackageContent {
  const manager = /^pkg:([^/]+)\//.exec(purl ?? '')?.[1]?.toLowerCase() ?? clean(type, 100);
  const separator = manager === 'maven' ? ':' : '/';
  return {
    name: clean(group ? `${group}${separator}${name}` : name),
    version: clean(version, 200),
    manager: clean(manager, 100),
    purl: clean(purl, 2000),
    homepage: '',
  };
}

function vulnerabilityOf(finding: Finding): VulnerabilityContent {
  return {
    cveId: clean(finding.id, 200),
    cna: clean(finding.source?.name, 200),
    description: clean(finding.description, longestText),
    url: clean(finding.source?.url, 2000),
    references: finding.advisories.slice(0, mostReferences).map((one) => clean(one, 2000)),
    ratings: finding.ratings.slice(0, mostReferences),
    aliases: finding.aliases.slice(0, mostReferences).map((one) => clean(one, 200)),
    fixedIn: finding.fixedIn.slice(0, mostReferences).map((one) => clean(one, 200)),
    severity: severities.indexOf(finding.severity),
  };
}

/** The same for reports that name the same packages and findings, whatever their order, date and serial number. */
export function contentDigest(content: Content): string {
  const hash = createHash('sha256');
  for (const key of [...content.packages.keys()].sort()) hash.update(key);
  const findings = content.findings.map((one) => `${one.packageKey}${one.severity}${one.cveId}`);
  for (const finding of findings.sort()) hash.update(`\n${finding}`);
  return hash.digest('hex');
}

/** How many distinct ids at each severity, each at its highest, in the order of `severities`. */
export function countContent(content: Content): [number, number, number, number, number] {
  const highest = new Map<string, number>();
  for (const { cveId, severity } of content.findings)
    highest.set(cveId, Math.min(severity, highest.get(cveId) ?? severity));
  const counts: [number, number, number, number, number] = [0, 0, 0, 0, 0];
  for (const severity of highest.values()) counts[severity] = (counts[severity] ?? 0) + 1;
  return counts;
}
