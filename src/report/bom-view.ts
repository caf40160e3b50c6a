/**
 * What policies of `package main` see as `input.bom` (spec.md §7): the report as XML with nested vulnerabilities, turned
 * into JSON by the rules of Go's mxj, which the predecessor used. Attributes have a leading `-`, namespaces have no
 * prefix, every leaf is a text, one child is the child itself and several are an array, an empty element is "".
 *
 * Every format comes to the same shape, so that a policy means the same over each. Where a format knows several
 * ratings of one vulnerability (CycloneDX 1.4 and later: one for each source), the view has the one that counts
 * (spec.md §4): the predecessor's scanners told one severity for each vulnerability, and its policies pass a vulnerability
 * when any of its ratings is allowed. Documents of the nested form are shown as they are. All ratings are in
 * `input.report`.
 */
import type { Component, Finding, Rating, Report } from './model.ts';
import { isMadeUpRef } from './refs.ts';
import { compareSeverity, severityOf } from './severity.ts';

/** JSON with texts for leaves. */
export type ViewNode = string | ViewObject | ViewNode[];
export interface ViewObject {
  [key: string]: ViewNode | undefined;
}

const extension = 'http://cyclonedx.org/schema/ext/vulnerability/1.0';

/** The value of `input.bom`. Parts may be shared between its components: do not change it. */
export function bomView(report: Report): ViewObject {
  const views = new Map<Finding, ViewObject>();
  const nested = isNestedForm(report);
  const viewOf = (finding: Finding): ViewObject => {
    const known = views.get(finding);
    if (known) return known;
    const view = vulnerabilityView(finding, nested);
    views.set(finding, view);
    return view;
  };
  const all = report.components.map((component) => componentView(component, viewOf));
  return present({
    '-xmlns': `http://cyclonedx.org/schema/bom/${nested ? report.format.version : '1.3'}`,
    '-v': extension,
    '-version': '1',
    '-serialNumber': report.serialNumber,
    metadata: metadataView(report),
    components: all.length === 0 ? '' : { component: single(all) },
  });
}

/** CycloneDX before 1.4 had no list of vulnerabilities: they stood in the components, by an extension. */
export function isNestedForm({ format }: Pick<Report, 'format'>): boolean {
  return format.name === 'CycloneDX' && /^1\.[0-3]$/.test(format.version);
}

function metadataView({ timestamp, scanner, subject }: Report): ViewNode {
  const tool = present({ vendor: scanner.vendor, name: scanner.name, version: scanner.version });
  const component =
    subject &&
    present({ '-type': subject.type, name: subject.name, version: subject.version, purl: subject.purl });
  return present({ timestamp, tools: isEmpty(tool) ? undefined : { tool }, component });
}

function componentView(component: Component, viewOf: (finding: Finding) => ViewObject): ViewObject {
  const ref = isMadeUpRef(component.ref) ? undefined : component.ref;
  const found = component.findings.map((finding) =>
    ref === undefined ? viewOf(finding) : { '-ref': ref, ...viewOf(finding) },
  );
  return present({
    '-type': component.type,
    '-bom-ref': ref,
    group: component.group,
    name: component.name,
    version: component.version,
    licenses: licensesView(component),
    cpe: component.cpe,
    purl: component.purl,
    vulnerabilities: found.length === 0 ? undefined : { vulnerability: single(found) },
  });
}

function licensesView({ licenses, licenseForms }: Component): ViewNode | undefined {
  const named: ViewObject[] = [];
  const expressions: string[] = [];
  for (const [index, license] of licenses.entries()) {
    const form = licenseForms?.[index] ?? 'name';
    if (form === 'expression') expressions.push(license);
    else named.push({ [form]: license });
  }
  if (licenses.length === 0) return undefined;
  return present({
    license: named.length === 0 ? undefined : single(named),
    expression: expressions.length === 0 ? undefined : single(expressions),
  });
}

function vulnerabilityView(finding: Finding, nested: boolean): ViewObject {
  const ratings = ratingsFor(finding, nested);
  return present({
    id: finding.id,
    source: sourceView(finding.source),
    ratings: ratings.length === 0 ? undefined : { rating: single(ratings.map(ratingView)) },
    cwes: list('cwe', finding.cwes.map(String)),
    description: finding.description,
    recommendations: list(
      'recommendation',
      finding.recommendation === undefined ? [] : [finding.recommendation],
    ),
    advisories: list('advisory', finding.advisories),
  });
}

/** The ratings that a policy is shown: in the nested form all of them, else the one by which the finding counts. */
export function ratingsFor(finding: Finding, nested: boolean): readonly Rating[] {
  if (nested && finding.ratings.length > 0) return finding.ratings;
  const [first = {}, ...others] = finding.ratings;
  let best = first;
  for (const rating of others) if (isWorse(rating, best)) best = rating;
  return [best];
}

function isWorse(a: Rating, b: Rating): boolean {
  const order = compareSeverity(severityOf(a), severityOf(b));
  return order === 0 ? (a.score ?? -1) > (b.score ?? -1) : order < 0;
}

function ratingView(rating: Rating): ViewObject {
  return present({
    score: rating.score === undefined ? undefined : { base: String(rating.score) },
    severity: spelledSeverity(rating),
    method: rating.method,
    vector: rating.vector,
  });
}

const spelled = {
  CRITICAL: 'Critical',
  HIGH: 'High',
  MEDIUM: 'Medium',
  LOW: 'Low',
  UNKNOWN: 'UnknownSeverity',
} as const;

/** The predecessor's words, which its policies compare with: `none` and `info` were its `Negligible`. */
export function spelledSeverity(rating: Rating): string {
  const word = rating.severity?.trim().toLowerCase();
  if (word === 'negligible' || word === 'none' || word === 'info') return 'Negligible';
  return spelled[severityOf(rating)];
}

function sourceView(source: Finding['source']): ViewNode | undefined {
  return source && present({ '-name': source.name, url: source.url });
}

function list(name: string, items: readonly string[]): ViewObject | undefined {
  return items.length === 0 ? undefined : { [name]: single(items) };
}

function single(items: readonly ViewNode[]): ViewNode {
  return items.length === 1 && items[0] !== undefined ? items[0] : [...items];
}

function present(object: ViewObject): ViewObject {
  for (const key of Object.keys(object)) if (object[key] === undefined) delete object[key];
  return object;
}

function isEmpty(object: ViewObject): boolean {
  return Object.keys(object).length === 0;
}
