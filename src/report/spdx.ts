/**
 * SPDX JSON: 2.2 and 2.3, which list packages, and the form with vulnerabilities that Snyk's scanner printed for the
 * predecessor (`specVersion: SPDX-3.0`, before SPDX 3 was finished). Policies are also given the document itself.
 */
import { cweNumber, scoreNumber } from './cyclonedx-values.ts';
import { isObject, objectIn, objectsIn, textIn, textsIn } from './json-fields.ts';
import type { JsonObject } from './json-fields.ts';
import type { Rating, Report, ScannerName } from './model.ts';
import type { ReportBuilder } from './report-builder.ts';

/** The report, or nothing when the document is no SPDX. */
export function readSpdx(document: JsonObject, builder: ReportBuilder): Report | undefined {
  const version = /^SPDX-(\d+\.\d+)/.exec(
    textIn(document, 'spdxVersion') ?? textIn(document, 'specVersion') ?? '',
  )?.[1];
  if (version === undefined) return undefined;
  for (const one of objectsIn(document, 'packages')) addPackage(one, builder);
  for (const one of objectsIn(document, 'vulnerabilities')) addVulnerability(one, builder);
  const creation = objectIn(document, 'creationInfo');
  return builder.finish({
    format: { name: 'SPDX', version, encoding: 'json' },
    serialNumber: textIn(document, 'documentNamespace'),
    subject: { name: textIn(document, 'name') ?? textIn(document, 'id') },
    scanner: scannerOf(document, creation),
    timestamp: textIn(creation, 'created') ?? textIn(document, 'created'),
    incomplete: [],
  });
}

function addPackage(value: JsonObject, builder: ReportBuilder): void {
  const reference = (type: RegExp): string | undefined =>
    textsIn(objectsIn(value, 'externalRefs'), (one) =>
      type.test(textIn(one, 'referenceType') ?? '') ? textIn(one, 'referenceLocator') : undefined,
    )[0];
  const license = textIn(value, 'licenseConcluded') ?? textIn(value, 'licenseDeclared');
  const known = license !== undefined && license !== 'NOASSERTION' && license !== 'NONE';
  builder.add({
    ref: textIn(value, 'SPDXID') ?? textIn(value, 'id'),
    type: (textIn(value, 'primaryPackagePurpose') ?? 'library').toLowerCase(),
    name: textIn(value, 'name') ?? '',
    version: textIn(value, 'versionInfo') ?? textIn(value, 'version'),
    purl: reference(/^purl$/),
    cpe: reference(/^cpe2[23]Type$/),
    licenses: known ? [license] : [],
    licenseForms: known ? ['expression'] : undefined,
  });
}

function addVulnerability(value: JsonObject, builder: ReportBuilder): void {
  const relationships = objectsIn(value, 'relationships');
  const rated = relationships.map((one) => objectIn(one, 'ratedBy'));
  const finding = builder.finding({
    id: textIn(value, 'id') ?? textIn(value, 'name') ?? 'unidentified',
    ratings: rated.flatMap((one) => objectsIn(one, 'rating').map(ratingOf)),
    aliases: [],
    description: textIn(value, 'summary') ?? textIn(value, 'details'),
    advisories: textsIn(objectsIn(value, 'externalReferences'), (one) => textIn(one, 'locator')),
    cwes: rated.flatMap((one) => numbersOf(one?.['cwes'])),
    fixedIn: [],
  });
  const packages = relationships.flatMap((one) => packagesOf(strings(objectIn(one, 'affect')?.['to'])));
  for (const ref of packages) builder.affect(ref, finding);
  if (packages.length === 0) builder.affect('', finding);
}

/** Snyk names the whole image first and the package after it: the package is what has the vulnerability. */
function packagesOf(affected: string[]): string[] {
  return affected.length > 1 ? affected.slice(1) : affected;
}

function ratingOf(value: JsonObject): Rating {
  const score = objectsIn(value, 'score')[0];
  return {
    severity: textIn(value, 'severity'),
    score: scoreNumber(textIn(score, 'base') ?? textIn(value, 'score')),
    method: methodOf(textIn(value, 'method')),
    vector: textIn(value, 'vector'),
  };
}

/** `CVSS_3` → `CVSSv3`. */
function methodOf(method: string | undefined): string | undefined {
  return method?.replace(/^CVSS_/, 'CVSSv');
}

/** `Tool: syft-1.0` among the creators, or the `creator` of Snyk's form. */
function scannerOf(document: JsonObject, creation: JsonObject | undefined): ScannerName {
  const creators = strings(creation?.['creators']);
  const tool = creators.find((one) => one.startsWith('Tool: '))?.slice(6);
  const organisation = (
    creators.find((one) => one.startsWith('Organization: ')) ?? textIn(document, 'creator')
  )?.replace(/^Organization: /, '');
  if (tool === undefined) return { vendor: organisation, name: organisation };
  const dash = tool.search(/-v?\d/);
  return dash < 0
    ? { name: tool, vendor: organisation }
    : { name: tool.slice(0, dash), version: tool.slice(dash + 1), vendor: organisation };
}

function strings(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((one): one is string => typeof one === 'string' && one !== '');
}

function numbersOf(value: unknown): number[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one) => cweNumber(isObject(one) ? '' : String(one)) ?? []);
}
