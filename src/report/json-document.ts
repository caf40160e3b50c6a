/** Reads CycloneDX and SPDX JSON as it comes. Which of the two it is, a key near the beginning tells. */
import { componentOfJson, metadataOfJson, vulnerabilityOfJson } from './cyclonedx-json.ts';
import { isKnownVersion, ofProperties } from './cyclonedx-terms.ts';
import { reportFailure } from './failures.ts';
import { isObject, objectsIn } from './json-fields.ts';
import type { JsonObject } from './json-fields.ts';
import { JsonParts } from './json-parts.ts';
import type { ReportLimits } from './limits.ts';
import type { Finding, Report } from './model.ts';
import { ReportBuilder } from './report-builder.ts';
import { readSpdx } from './spdx.ts';

/** An SPDX document is kept whole, for policies; and so is what comes before a document has told what it is. */
const largestKept = 64 * 1024 * 1024;

export class JsonDocument {
  readonly #limits: ReportLimits;
  readonly #builder: ReportBuilder;
  readonly #parts: JsonParts;
  #format: 'unknown' | 'cyclonedx' | 'spdx' = 'unknown';
  /** Everything so far, in order, unless it is known to be CycloneDX. */
  #kept: { key: string; value: unknown; element: boolean }[] = [];
  #keptBytes = 0;
  #specVersion = '';
  #serialNumber: string | undefined;
  #metadata: JsonObject | undefined;

  constructor(limits: ReportLimits) {
    this.#limits = limits;
    this.#builder = new ReportBuilder(limits);
    this.#parts = new JsonParts(
      (key, value, element, bytes) => this.#part(key, value, element, bytes),
      limits,
    );
  }

  /** As `JsonParts.write`. Throws `ReportInvalid`, `ReportTooLarge`. */
  write(bytes: Uint8Array): number | undefined {
    return this.#parts.write(bytes);
  }

  /** The report. Throws `ReportTruncated`, `ReportFormatUnknown`. */
  finish(): { report: Report } {
    this.#parts.finish();
    if (this.#format === 'cyclonedx') return { report: this.#cycloneDx() };
    const whole = this.#whole();
    const report = readSpdx(whole, this.#builder);
    if (report) return { report: { ...report, spdx: whole } };
    throw reportFailure(
      'ReportFormatUnknown',
      'the report is a JSON document of another kind: neither CycloneDX nor SPDX',
    );
  }

  #part(key: string, value: unknown, element: boolean, bytes: number): void {
    if (this.#format === 'cyclonedx') return this.#take(key, value, element);
    if (key === 'bomFormat' && value === 'CycloneDX') return this.#isCycloneDx();
    this.#keptBytes += bytes;
    if (this.#keptBytes > largestKept) {
      throw reportFailure(
        'ReportTooLarge',
        `the report does not call itself CycloneDX ("bomFormat") and is larger than ${largestKept} bytes`,
      );
    }
    this.#kept.push({ key, value, element });
  }

  #isCycloneDx(): void {
    this.#format = 'cyclonedx';
    const kept = this.#kept;
    this.#kept = [];
    for (const { key, value, element } of kept) this.#take(key, value, element);
  }

  #take(key: string, value: unknown, element: boolean): void {
    if (key === 'specVersion' && typeof value === 'string') this.#specVersion = value;
    else if (key === 'serialNumber' && typeof value === 'string') this.#serialNumber = value;
    else if (key === 'metadata' && isObject(value)) this.#metadata = value;
    else if (key === 'components' && element && isObject(value)) this.#component(value, 0);
    else if (key === 'vulnerabilities' && element && isObject(value)) this.#vulnerability(value);
  }

  #component(value: JsonObject, depth: number): void {
    if (depth > this.#limits.maxDepth) return;
    const place = this.#builder.reserve();
    const findings: Finding[] = [];
    for (const one of objectsIn(value, 'vulnerabilities'))
      findings.push(this.#builder.finding(vulnerabilityOfJson(one).draft));
    this.#builder.add(componentOfJson(value), findings, place);
    for (const inner of objectsIn(value, 'components')) this.#component(inner, depth + 1);
  }

  #vulnerability(value: JsonObject): void {
    const { draft, affects } = vulnerabilityOfJson(value);
    const finding = this.#builder.finding(draft);
    for (const ref of affects) this.#builder.affect(ref, finding);
    if (affects.length === 0) this.#builder.affect('', finding);
  }

  #cycloneDx(): Report {
    if (!isKnownVersion(this.#specVersion)) {
      const found =
        this.#specVersion === '' ? 'no specVersion' : `specVersion "${this.#specVersion.slice(0, 40)}"`;
      throw reportFailure('ReportFormatUnknown', `the report is CycloneDX with ${found}: 1.x is known`);
    }
    const { heading, properties, subjectRef } = metadataOfJson(this.#metadata);
    const format = { name: 'CycloneDX', version: this.#specVersion, encoding: 'json' } as const;
    return this.#builder.finish(
      { ...heading, ...ofProperties(properties), format, serialNumber: this.#serialNumber },
      subjectRef,
    );
  }

  #whole(): JsonObject {
    const whole = new Map<string, unknown>();
    for (const { key, value, element } of this.#kept) {
      const known = whole.get(key);
      if (!element) whole.set(key, value);
      else if (Array.isArray(known)) known.push(value);
      else whole.set(key, [value]);
    }
    this.#kept = [];
    return Object.fromEntries(whole);
  }
}
