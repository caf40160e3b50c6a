/**
 * Writes a report as CycloneDX 1.6 JSON: what our own scanner prints, and `scanlink scan -o cyclonedx-json`.
 * Deterministic: the same report gives the same bytes, since nothing is made up here (no clock, no random ids).
 */
import { createHash } from 'node:crypto';
import { scoreOfVector } from './cvss.ts';
import { propertyNames, upgradeText } from './cyclonedx-terms.ts';
import type { Component, Finding, Rating, Report } from './model.ts';
import { severityOf } from './severity.ts';

export interface CycloneDxOptions {
  version: '1.6';
}

type Json = { [key: string]: unknown };

/**
 * The document, in chunks of text in order: one line a component and one a vulnerability, so that documents can be
 * compared by line and a large one never stands in memory as one string.
 *
 * - `report.scanner` becomes `metadata.tools.components[0]`, `report.subject` `metadata.component`, `report.db` and
 *   `report.incomplete` properties named by `propertyNames`.
 * - Every distinct finding becomes one entry of `vulnerabilities`, with one `affects` for each component that has it.
 *   A rating without a severity gets the one it stands for (spec.md §4), since many readers do not compute it.
 * - Components and findings keep the order in which the report has them.
 *
 * `ref`s must be unique within the report. `readReport` of the result gives the same components and findings.
 */
export function* writeCycloneDx(report: Report, options: CycloneDxOptions): Generator<string> {
  yield '{\n';
  yield '"$schema":"http://cyclonedx.org/schema/bom-1.6.schema.json",\n';
  yield `"bomFormat":"CycloneDX",\n"specVersion":${JSON.stringify(options.version)},\n`;
  yield `"serialNumber":${JSON.stringify(serialNumber(report))},\n"version":1,\n`;
  yield `"metadata":${JSON.stringify(metadata(report))},\n`;
  yield* list('components', report.components.map(componentJson));
  yield ',\n';
  yield* list('vulnerabilities', vulnerabilities(report.components));
  yield '\n}\n';
}

/** The whole document as one text: for small reports and tests. */
export function cycloneDxText(report: Report, options: CycloneDxOptions): string {
  return [...writeCycloneDx(report, options)].join('');
}

function* list(name: string, entries: Iterable<Json>): Generator<string> {
  yield `"${name}":[`;
  let separator = '\n';
  for (const entry of entries) {
    yield separator + JSON.stringify(entry);
    separator = ',\n';
  }
  yield ']';
}

/** A UUID that says what was scanned, with what and when: the same report has the same one. */
function serialNumber(report: Report): string {
  const parts = [report.subject, report.scanner, report.db, report.timestamp, report.components.length];
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80; // version 8: made by a rule of our own (RFC 9562 §5.8)
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)];
  return `urn:uuid:${groups.join('-')}`;
}

function metadata(report: Report): Json {
  const properties = [
    ...property(propertyNames.dbName, report.db?.name),
    ...property(propertyNames.dbVersion, report.db?.version),
    ...property(propertyNames.dbDate, report.db?.date),
    ...report.incomplete.flatMap((note) => property(propertyNames.incomplete, note)),
  ];
  return {
    timestamp: report.timestamp,
    tools: { components: [tool(report)] },
    component: report.subject && {
      type: report.subject.type ?? 'application',
      'bom-ref': subjectRef(report.components),
      name: report.subject.name ?? '',
      version: report.subject.version,
      purl: report.subject.purl,
    },
    properties: orNothing(properties),
  };
}

/** A ref for the subject that no component has. */
function subjectRef(components: readonly Component[]): string {
  const taken = new Set(components.map((component) => component.ref));
  let ref = 'subject';
  while (taken.has(ref)) ref += '-';
  return ref;
}

function tool({ scanner }: Report): Json {
  return {
    type: 'application',
    supplier: scanner.vendor === undefined ? undefined : { name: scanner.vendor },
    name: scanner.name ?? 'unknown',
    version: scanner.version,
  };
}

function componentJson(component: Component): Json {
  return {
    type: component.type,
    'bom-ref': component.ref,
    group: component.group,
    name: component.name,
    version: component.version,
    licenses: orNothing(
      component.licenses.map((text, index) => license(text, component.licenseForms?.[index])),
    ),
    cpe: component.cpe,
    purl: component.purl,
  };
}

function license(text: string, form: NonNullable<Component['licenseForms']>[number] = 'name'): Json {
  return form === 'expression' ? { expression: text } : { license: { [form]: text } };
}

/** One entry for each distinct finding, in the order in which they first appear. */
function* vulnerabilities(components: readonly Component[]): Generator<Json> {
  const affected = new Map<string, { finding: Finding; refs: string[] }>();
  for (const component of components) {
    for (const finding of component.findings) {
      const key = JSON.stringify(vulnerability(finding, []));
      const entry = affected.get(key);
      if (entry) entry.refs.push(component.ref);
      else affected.set(key, { finding, refs: [component.ref] });
    }
  }
  for (const { finding, refs } of affected.values()) yield vulnerability(finding, refs);
}

function vulnerability(finding: Finding, refs: readonly string[]): Json {
  const ratings = finding.ratings.length > 0 ? finding.ratings : [{ severity: finding.severity }];
  return {
    id: finding.id,
    source: finding.source,
    references: orNothing(finding.aliases.map((id) => ({ id, source: { name: publisher(id) } }))),
    ratings: ratings.map(ratingJson),
    cwes: orNothing(finding.cwes),
    description: finding.description,
    recommendation: finding.recommendation ?? upgradeText(finding.fixedIn),
    advisories: orNothing(finding.advisories.map((url) => ({ url }))),
    affects: refs.map((ref) => ({ ref })),
    properties: orNothing(finding.fixedIn.flatMap((version) => property(propertyNames.fixedIn, version))),
  };
}

const known = new Set(['critical', 'high', 'medium', 'low', 'info', 'none', 'unknown']);

function ratingJson(rating: Rating): Json {
  const word = rating.severity?.trim().toLowerCase();
  const computed = severityOf(rating).toLowerCase();
  return {
    source: rating.source === undefined ? undefined : { name: rating.source },
    score: rating.score,
    severity: word !== undefined && known.has(word) ? word : word === 'negligible' ? 'none' : computed,
    method: rating.method ?? (rating.vector === undefined ? undefined : scoreOfVector(rating.vector)?.method),
    vector: rating.vector,
  };
}

/** CycloneDX wants a source for every reference; the prefix of an id tells who gave it out. */
function publisher(id: string): string {
  if (id.startsWith('CVE-')) return 'NVD';
  if (id.startsWith('GHSA-')) return 'GitHub';
  return 'OSV';
}

function property(name: string, value: string | undefined): { name: string; value: string }[] {
  return value === undefined ? [] : [{ name, value }];
}

function orNothing<T>(items: T[]): T[] | undefined {
  return items.length === 0 ? undefined : items;
}
