/** How a report is kept for later evaluation by a changed policy: compact, and read back exactly. */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { messageOf } from '../lib/errors.ts';
import { reportFailure } from './failures.ts';
import type { Component, Finding, Report } from './model.ts';

/** Raised when the form changes; an older file is refused, and the scan runs again. */
const version = 1;
/** A kept report is ours, but its file may be damaged: no more than this is made of it. */
const largest = 1024 * 1024 * 1024;

interface Kept {
  version: number;
  report: Omit<Report, 'components'>;
  /** Findings are shared by components: each is written once and named by its index. */
  findings: Finding[];
  components: (Omit<Component, 'findings'> & { findings: number[] })[];
}

/** Zstandard-compressed JSON of the report, equal findings once. */
export function packReport(report: Report): Uint8Array {
  const index = new Map<Finding, number>();
  const components = report.components.map((component) => ({
    ...component,
    findings: component.findings.map((finding) => indexOf(index, finding)),
  }));
  const { components: _, ...rest } = report;
  const kept: Kept = { version, report: rest, findings: [...index.keys()], components };
  return zstdCompressSync(JSON.stringify(kept));
}

function indexOf(index: Map<Finding, number>, finding: Finding): number {
  const known = index.get(finding);
  if (known !== undefined) return known;
  index.set(finding, index.size);
  return index.size - 1;
}

/** What `packReport` packed. Throws `ScanLinkError` `ReportDamaged`. */
export function unpackReport(bytes: Uint8Array): Report {
  const kept = parse(bytes);
  const components = kept.components.map((component) => ({
    ...component,
    findings: component.findings.map((index) => {
      const finding = kept.findings[index];
      if (!finding)
        throw reportFailure('ReportDamaged', 'the kept report names a finding that it does not hold');
      return finding;
    }),
  }));
  return { ...kept.report, components };
}

function parse(bytes: Uint8Array): Kept {
  let value: unknown;
  try {
    value = JSON.parse(zstdDecompressSync(bytes, { maxOutputLength: largest }).toString());
  } catch (error) {
    throw reportFailure(
      'ReportDamaged',
      `the kept report cannot be read: ${messageOf(error)}`,
      undefined,
      error,
    );
  }
  if (!isKept(value)) throw reportFailure('ReportDamaged', `the kept report is not of version ${version}`);
  return value;
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== version)
    return false;
  return (
    'components' in value &&
    Array.isArray(value.components) &&
    'findings' in value &&
    Array.isArray(value.findings)
  );
}
