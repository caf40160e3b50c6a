/** CycloneDX's JSON form as drafts. Vulnerabilities nested in components are read as well: some tools write them. */
import { cweNumber, scoreNumber } from './cyclonedx-values.ts';
import { formsOf, propertyNames, upgradeText } from './cyclonedx-terms.ts';
import type { License, Metadata } from './cyclonedx-terms.ts';
import type { FindingDraft } from './intern.ts';
import { isObject, objectIn, objectsIn, textIn, textsIn } from './json-fields.ts';
import type { JsonObject } from './json-fields.ts';
import type { Rating, ScannerName } from './model.ts';
import type { ComponentDraft } from './report-builder.ts';

export function componentOfJson(value: JsonObject): ComponentDraft {
  const licenses = objectsIn(value, 'licenses').flatMap(licenseOfJson);
  return {
    ref: textIn(value, 'bom-ref'),
    type: textIn(value, 'type') ?? 'library',
    group: textIn(value, 'group'),
    name: textIn(value, 'name') ?? '',
    version: textIn(value, 'version'),
    purl: textIn(value, 'purl'),
    cpe: textIn(value, 'cpe'),
    licenses: licenses.map((license) => license.text),
    licenseForms: formsOf(licenses),
  };
}

function licenseOfJson(choice: JsonObject): License[] {
  const expression = textIn(choice, 'expression');
  if (expression !== undefined) return [{ text: expression, form: 'expression' }];
  const license = objectIn(choice, 'license');
  const id = textIn(license, 'id');
  if (id !== undefined) return [{ text: id, form: 'id' }];
  const name = textIn(license, 'name');
  return name === undefined ? [] : [{ text: name, form: 'name' }];
}

/** One vulnerability and the refs it affects. */
export function vulnerabilityOfJson(value: JsonObject): { draft: FindingDraft; affects: string[] } {
  const references = textsIn(objectsIn(value, 'references'), (one) => textIn(one, 'id'));
  const affected = objectsIn(value, 'affects');
  const fixedIn = fixedVersions(value, affected);
  const recommendation = textIn(value, 'recommendation');
  const draft: FindingDraft = {
    id: textIn(value, 'id') ?? references[0] ?? textIn(value, 'bom-ref') ?? 'unidentified',
    ratings: objectsIn(value, 'ratings').map(ratingOfJson),
    aliases: references,
    description: textIn(value, 'description'),
    source: sourceOfJson(objectIn(value, 'source')),
    advisories: textsIn(objectsIn(value, 'advisories'), (one) => textIn(one, 'url')),
    cwes: cwesOfJson(value['cwes']),
    fixedIn,
    recommendation:
      recommendation !== undefined && recommendation === upgradeText(fixedIn) ? undefined : recommendation,
  };
  return { draft, affects: textsIn(affected, (one) => textIn(one, 'ref')) };
}

function ratingOfJson(value: JsonObject): Rating {
  return {
    source: textIn(objectIn(value, 'source'), 'name'),
    severity: textIn(value, 'severity'),
    score: scoreNumber(textIn(value, 'score') ?? textIn(objectIn(value, 'score'), 'base')),
    method: textIn(value, 'method'),
    vector: textIn(value, 'vector'),
  };
}

function sourceOfJson(value: JsonObject | undefined): FindingDraft['source'] {
  const name = textIn(value, 'name');
  const url = textIn(value, 'url');
  return name === undefined && url === undefined ? undefined : { name, url };
}

function cwesOfJson(value: unknown): number[] {
  if (!Array.isArray(value)) return [];
  const found: number[] = [];
  for (const one of value) {
    const number = cweNumber(String(one));
    if (number !== undefined) found.push(number);
  }
  return found;
}

const nothingFixed: string[] = [];

/** Our own property, and versions that `affects` calls unaffected. */
function fixedVersions(value: JsonObject, affected: readonly JsonObject[]): string[] {
  const told = textsIn(objectsIn(value, 'properties'), (one) =>
    textIn(one, 'name') === propertyNames.fixedIn ? textIn(one, 'value') : undefined,
  );
  for (const target of affected) {
    told.push(
      ...textsIn(objectsIn(target, 'versions'), (one) =>
        one['status'] === 'unaffected' ? textIn(one, 'version') : undefined,
      ),
    );
  }
  return told.length === 0 ? nothingFixed : [...new Set(told)];
}

export function metadataOfJson(value: JsonObject | undefined): Metadata {
  const component = objectIn(value, 'component');
  return {
    heading: {
      subject: component && {
        name: textIn(component, 'name'),
        version: textIn(component, 'version'),
        purl: textIn(component, 'purl'),
        type: textIn(component, 'type'),
      },
      scanner: scannerOfJson(value?.['tools']),
      timestamp: textIn(value, 'timestamp'),
    },
    properties: objectsIn(value, 'properties').map((one) => [
      textIn(one, 'name') ?? '',
      textIn(one, 'value') ?? '',
    ]),
    subjectRef: textIn(component, 'bom-ref'),
  };
}

/** The first tool: a list up to 1.4, an object of components and services from 1.5 (the list stays legal). */
function scannerOfJson(tools: unknown): ScannerName {
  const listed: unknown = Array.isArray(tools) ? tools[0] : undefined;
  const named = isObject(tools)
    ? (objectsIn(tools, 'components')[0] ?? objectsIn(tools, 'services')[0])
    : undefined;
  const tool = isObject(listed) ? listed : named;
  return { name: textIn(tool, 'name'), vendor: vendorOfJson(tool), version: textIn(tool, 'version') };
}

function vendorOfJson(tool: JsonObject | undefined): string | undefined {
  for (const name of ['vendor', 'supplier', 'manufacturer', 'provider', 'publisher', 'author', 'group']) {
    const found = textIn(tool, name) ?? textIn(objectIn(tool, name), 'name');
    if (found !== undefined) return found;
  }
  return undefined;
}
