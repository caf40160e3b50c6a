/** Reads CycloneDX XML as it comes: a part at a time, so that memory does not grow with the document. */
import { isKnownVersion, ofProperties } from './cyclonedx-terms.ts';
import { componentOfXml, metadataOfXml, vulnerabilityOfXml } from './cyclonedx-xml.ts';
import { reportFailure, truncated } from './failures.ts';
import type { Place } from './failures.ts';
import type { ReportLimits } from './limits.ts';
import type { Finding, Report } from './model.ts';
import { ReportBuilder } from './report-builder.ts';
import { attribute } from './xml-node.ts';
import type { XmlNode } from './xml-node.ts';
import { XmlScanner, XmlTooLarge } from './xml-scanner.ts';
import type { XmlAttributes, XmlHandler } from './xml-scanner.ts';
import { XmlFault } from './xml-text.ts';

type Kind = 'bom' | 'list' | 'component' | 'vulnerability' | 'metadata' | 'part';

/** An open element: one object for each, as there are millions. */
interface Frame extends XmlNode {
  readonly kind: Kind;
  /** Of a component: where it goes, and what was found in it. */
  readonly place: number;
  readonly findings: Finding[];
}

/**
 * What a child is to us; nothing when it is not read, but only checked to be well-formed. Components and vulnerabilities
 * are parts of their own only in the lists where CycloneDX puts them: tools are components too.
 */
function kindOf(parent: Frame, name: string): Kind | undefined {
  switch (parent.kind) {
    case 'bom':
      if (name === 'metadata') return 'metadata';
      return name === 'components' || name === 'vulnerabilities' ? 'list' : undefined;
    case 'list':
      if (parent.name === 'components') return name === 'component' ? 'component' : undefined;
      return name === 'vulnerability' ? 'vulnerability' : undefined;
    case 'component':
      if (name === 'components' || name === 'vulnerabilities') return 'list';
      return ofComponent.has(name) ? 'part' : undefined;
    case 'metadata':
      return ofMetadata.has(name) ? 'part' : undefined;
    case 'vulnerability':
      return name === 'credits' || name === 'detail' || name === 'tools' ? undefined : 'part';
    default: // a part is read whole, but a licence's whole text may stand beside its name
      return parent.name === 'license' && name !== 'id' && name !== 'name' ? undefined : 'part';
  }
}

const ofComponent = new Set(['group', 'name', 'version', 'licenses', 'purl', 'cpe']);
const ofMetadata = new Set(['timestamp', 'tools', 'component', 'properties']);

const bomNamespace = /^http:\/\/cyclonedx\.org\/schema\/bom\/(.+)$/;
const noFindings: Finding[] = [];
const noAttributes: XmlAttributes = {};

export class XmlDocument implements XmlHandler {
  readonly #limits: ReportLimits;
  readonly #builder: ReportBuilder;
  readonly #scanner: XmlScanner;
  readonly #stack: Frame[] = [];
  readonly #localNames = new Map<string, string>();
  #heading: Omit<Report, 'components' | 'db' | 'incomplete' | 'format' | 'serialNumber'> = { scanner: {} };
  #properties: [string, string][] = [];
  #subjectRef: string | undefined;
  #version = '';
  #serialNumber: string | undefined;
  #skipped = 0;
  #nodes = 0;

  constructor(limits: ReportLimits) {
    this.#limits = limits;
    this.#builder = new ReportBuilder(limits);
    this.#scanner = new XmlScanner(this, limits.maxPart);
  }

  /**
   * Takes the next text. Returns the number of its characters that belong to the document when it ends within them,
   * else undefined. Throws `ReportInvalid` with line and column, or `ReportTooLarge`.
   */
  write(text: string): number | undefined {
    try {
      return this.#scanner.write(text);
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  /** The report. Throws `ReportTruncated` when the document has not ended. */
  finish(): Report {
    if (!this.#scanner.ended) {
      const open = this.#stack.at(-1)?.name;
      throw truncated(
        open === undefined ? 'it ends before its first element' : `it ends within <${open}>`,
        this.#place(),
      );
    }
    const heading = {
      ...this.#heading,
      ...ofProperties(this.#properties),
      format: { name: 'CycloneDX', version: this.#version, encoding: 'xml' } as const,
      serialNumber: this.#serialNumber,
    };
    return this.#builder.finish(heading, this.#subjectRef);
  }

  open(qualified: string, attributes: XmlAttributes): void {
    const parent = this.#stack.at(-1);
    if (this.#stack.length + this.#skipped >= this.#limits.maxDepth) {
      throw reportFailure(
        'ReportInvalid',
        `the report is nested deeper than ${this.#limits.maxDepth} elements`,
        this.#place(),
      );
    }
    const name = this.#localName(qualified);
    if (parent === undefined) return this.#root(qualified, name, attributes);
    const kind = this.#skipped > 0 ? undefined : kindOf(parent, name);
    if (kind === undefined) this.#skipped += 1;
    else this.#stack.push(this.#frame(kind, name, attributes));
  }

  leaf(qualified: string, text: string): void {
    const parent = this.#stack.at(-1);
    if (parent === undefined || this.#skipped > 0) return;
    const name = this.#localName(qualified);
    const kind = kindOf(parent, name);
    if (kind === undefined) return;
    if (kind !== 'part') {
      this.open(qualified, noAttributes);
      this.close();
      return;
    }
    this.#count();
    const node = { name, attributes: noAttributes, text, children: undefined };
    if (parent.children) parent.children.push(node);
    else parent.children = [node];
  }

  #root(qualified: string, name: string, attributes: XmlAttributes): void {
    const colon = qualified.indexOf(':');
    const namespace = attributes[colon < 0 ? 'xmlns' : `xmlns:${qualified.slice(0, colon)}`] ?? '';
    const version = bomNamespace.exec(namespace)?.[1];
    if (name !== 'bom' || version === undefined || !isKnownVersion(version)) {
      const what = `<${qualified.slice(0, 60)}> of namespace "${namespace.slice(0, 100)}"`;
      throw reportFailure(
        'ReportFormatUnknown',
        `the report is an XML document of another kind: ${what}, not a CycloneDX bom 1.x`,
        this.#place(),
      );
    }
    const frame = frameOf('bom', name, attributes);
    this.#version = version;
    this.#serialNumber = attribute(frame, 'serialNumber');
    this.#stack.push(frame);
  }

  #frame(kind: Kind, name: string, attributes: Frame['attributes']): Frame {
    if (kind === 'component') return frameOf(kind, name, attributes, this.#builder.reserve(), []);
    if (kind === 'part') this.#count();
    return frameOf(kind, name, attributes);
  }

  /** The name without its prefix, one string for each. */
  #localName(qualified: string): string {
    const known = this.#localNames.get(qualified);
    if (known !== undefined) return known;
    const local = asKey(qualified.slice(qualified.indexOf(':') + 1));
    if (this.#localNames.size < 1000) this.#localNames.set(qualified, local);
    return local;
  }

  #count(): void {
    this.#nodes += 1;
    if (this.#nodes <= this.#limits.maxNodes) return;
    const message = `one part of the report has more than ${this.#limits.maxNodes} elements`;
    throw reportFailure('ReportTooLarge', message, this.#place());
  }

  close(): void {
    if (this.#skipped > 0) {
      this.#skipped -= 1;
      return;
    }
    const frame = this.#stack.pop();
    const parent = this.#stack.at(-1);
    if (frame && parent) this.#closed(frame, parent);
  }

  #closed(frame: Frame, parent: Frame): void {
    if (frame.kind === 'part') {
      if (parent.children) parent.children.push(frame);
      else parent.children = [frame];
      return;
    }
    if (frame.kind === 'list') return;
    this.#nodes = 0;
    if (frame.kind === 'component')
      return this.#builder.add(componentOfXml(frame), frame.findings, frame.place);
    if (frame.kind === 'vulnerability') return this.#vulnerability(frame);
    const { heading, properties, subjectRef } = metadataOfXml(frame);
    this.#heading = heading;
    this.#properties = properties;
    this.#subjectRef = subjectRef;
  }

  #vulnerability(node: XmlNode): void {
    const { draft, affects } = vulnerabilityOfXml(node);
    const finding = this.#builder.finding(draft);
    const owner = this.#stack.at(-2);
    if (owner?.kind === 'component') {
      owner.findings.push(finding);
      return;
    }
    for (const ref of affects) this.#builder.affect(ref, finding);
    if (affects.length === 0) this.#builder.affect('', finding);
  }

  text(text: string): void {
    if (this.#skipped > 0) return;
    const node = this.#stack.at(-1);
    if (node === undefined || node.children !== undefined) return;
    node.text = node.text === '' ? text : node.text + text;
    if (node.text.length > this.#limits.maxPart) throw this.#partTooLarge();
  }

  #partTooLarge(): Error {
    const message = `the report holds one text or tag of more than ${this.#limits.maxPart} bytes`;
    return reportFailure('ReportTooLarge', message, this.#place());
  }

  #refusal(error: unknown): unknown {
    if (error instanceof XmlTooLarge) return this.#partTooLarge();
    if (!(error instanceof XmlFault)) return error;
    return reportFailure(
      'ReportInvalid',
      `the report is not well-formed XML: ${error.message}`,
      this.#place(),
      error,
    );
  }

  #place(): Place {
    return this.#scanner.place;
  }
}

/** The text as V8 keeps names of properties: compared with a name in the program by its address. */
function asKey(text: string): string {
  return Object.keys({ [text]: 0 })[0] ?? text;
}

function frameOf(
  kind: Kind,
  name: string,
  attributes: Frame['attributes'],
  place = -1,
  findings = noFindings,
): Frame {
  return { name, attributes, text: '', children: undefined, kind, place, findings };
}
