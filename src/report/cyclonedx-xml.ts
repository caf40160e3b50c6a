/** CycloneDX's XML forms as drafts: the list of 1.4 and later, and the vulnerability extension 1.0 that came before. */
import { cweNumber, scoreNumber } from './cyclonedx-values.ts';
import { formsOf, propertyNames, upgradeText } from './cyclonedx-terms.ts';
import type { License, Metadata } from './cyclonedx-terms.ts';
import type { FindingDraft } from './intern.ts';
import type { Rating, ScannerName } from './model.ts';
import type { ComponentDraft } from './report-builder.ts';
import { attribute, child, children, ownTextOf, textOf, textsOf } from './xml-node.ts';
import type { XmlNode } from './xml-node.ts';

export function componentOfXml(node: XmlNode): ComponentDraft {
  const licenses = licensesOfXml(child(node, 'licenses'));
  return {
    ref: attribute(node, 'bom-ref'),
    type: attribute(node, 'type') ?? 'library',
    group: textOf(node, 'group'),
    name: textOf(node, 'name') ?? '',
    version: textOf(node, 'version'),
    purl: textOf(node, 'purl'),
    cpe: textOf(node, 'cpe'),
    licenses: licenses.map((license) => license.text),
    licenseForms: formsOf(licenses),
  };
}

function licensesOfXml(node: XmlNode | undefined): License[] {
  const found: License[] = [];
  for (const one of node?.children ?? []) {
    const id = textOf(one, 'id');
    const text = id ?? textOf(one, 'name') ?? ownTextOf(one);
    if (text === undefined) continue;
    found.push({ text, form: one.name === 'expression' ? 'expression' : id === undefined ? 'name' : 'id' });
  }
  return found;
}

/** One vulnerability of either form, and the refs it affects (none in the extension: it stands in its component). */
export function vulnerabilityOfXml(node: XmlNode): { draft: FindingDraft; affects: string[] } {
  const references = textsOf(child(node, 'references'), 'reference', (one) => textOf(one, 'id'));
  const affected = child(node, 'affects');
  const fixedIn = fixedVersions(child(node, 'properties'), affected);
  const draft: FindingDraft = {
    id: textOf(node, 'id') ?? references[0] ?? attribute(node, 'bom-ref') ?? 'unidentified',
    ratings: children(child(node, 'ratings'), 'rating').map(ratingOfXml),
    aliases: references,
    description: textOf(node, 'description'),
    source: sourceOfXml(child(node, 'source')),
    advisories: textsOf(child(node, 'advisories'), 'advisory', (one) => textOf(one, 'url') ?? ownTextOf(one)),
    cwes: cwesOfXml(child(node, 'cwes')),
    fixedIn,
    recommendation: recommendationOfXml(node, fixedIn),
  };
  return { draft, affects: textsOf(affected, 'target', (one) => textOf(one, 'ref')) };
}

function cwesOfXml(node: XmlNode | undefined): number[] {
  const found: number[] = [];
  for (const text of textsOf(node, 'cwe', ownTextOf)) {
    const number = cweNumber(text);
    if (number !== undefined) found.push(number);
  }
  return found;
}

function ratingOfXml(node: XmlNode): Rating {
  const score = child(node, 'score');
  return {
    source: sourceOfXml(child(node, 'source'))?.name,
    severity: textOf(node, 'severity'),
    score: scoreNumber(textOf(score, 'base') ?? ownTextOf(score)),
    method: textOf(node, 'method'),
    vector: textOf(node, 'vector'),
  };
}

/** `<source name="…"><url/>` in the extension, `<source><name/><url/>` later. */
function sourceOfXml(node: XmlNode | undefined): FindingDraft['source'] {
  const name = attribute(node, 'name') ?? textOf(node, 'name');
  const url = textOf(node, 'url');
  return name === undefined && url === undefined ? undefined : { name, url };
}

function recommendationOfXml(node: XmlNode, fixedIn: readonly string[]): string | undefined {
  const text = textOf(node, 'recommendation') ?? textOf(child(node, 'recommendations'), 'recommendation');
  return text !== undefined && text === upgradeText(fixedIn) ? undefined : text;
}

const nothingFixed: string[] = [];

function fixedVersions(properties: XmlNode | undefined, affects: XmlNode | undefined): string[] {
  const told = textsOf(properties, 'property', (one) =>
    attribute(one, 'name') === propertyNames.fixedIn ? ownTextOf(one) : undefined,
  );
  for (const target of children(affects, 'target')) {
    const versions = child(target, 'versions');
    if (versions === undefined) continue;
    told.push(
      ...textsOf(versions, 'version', (one) =>
        textOf(one, 'status') === 'unaffected' ? textOf(one, 'version') : undefined,
      ),
    );
  }
  return told.length === 0 ? nothingFixed : [...new Set(told)];
}

/** What `metadata` says, and the ref by which vulnerabilities may name the subject. */
export function metadataOfXml(node: XmlNode | undefined): Metadata {
  const component = child(node, 'component');
  return {
    heading: {
      subject: component && {
        name: textOf(component, 'name'),
        version: textOf(component, 'version'),
        purl: textOf(component, 'purl'),
        type: attribute(component, 'type'),
      },
      scanner: scannerOfXml(child(node, 'tools')),
      timestamp: textOf(node, 'timestamp'),
    },
    properties: children(child(node, 'properties'), 'property').map((one) => [
      attribute(one, 'name') ?? '',
      ownTextOf(one) ?? '',
    ]),
    subjectRef: attribute(component, 'bom-ref'),
  };
}

/** The first tool: a list up to 1.4, an object of components and services from 1.5. */
function scannerOfXml(tools: XmlNode | undefined): ScannerName {
  const tool =
    child(tools, 'tool') ??
    child(child(tools, 'components'), 'component') ??
    child(child(tools, 'services'), 'service');
  return {
    name: textOf(tool, 'name'),
    vendor:
      textOf(tool, 'vendor') ??
      textOf(child(tool, 'supplier'), 'name') ??
      textOf(child(tool, 'manufacturer'), 'name') ??
      textOf(child(tool, 'provider'), 'name') ??
      textOf(tool, 'publisher') ??
      textOf(tool, 'author') ??
      textOf(tool, 'group'),
    version: textOf(tool, 'version'),
  };
}
