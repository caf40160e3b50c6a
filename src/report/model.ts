/**
 * What every report format is read into: our format-independent view. It is what `input.report` offers to policies
 * (spec.md §7), so a field once here stays.
 */

/** Highest first, as spec.md §4 counts them. */
export const severities = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN'] as const;
export type Severity = (typeof severities)[number];

/** How many distinct vulnerability ids, each at its highest severity; wire names of `status.cveCount`. */
export type SeverityCounts = Record<Severity | 'CVETOTAL', number>;

/** One opinion on how bad a vulnerability is. */
export interface Rating {
  /** Who says so: `nvd`, `github`, … */
  source?: string;
  /** As the report wrote it; read it by `severityOf`. */
  severity?: string;
  score?: number;
  /** `CVSSv2`, `CVSSv3`, `CVSSv31`, `CVSSv4`, `other`. */
  method?: string;
  vector?: string;
}

/** One vulnerability in one component. */
export interface Finding {
  /** `CVE-…`, `GHSA-…`, … */
  id: string;
  /** The highest of the ratings. */
  severity: Severity;
  ratings: Rating[];
  /** The same vulnerability under other names. */
  aliases: string[];
  description?: string;
  /** Who published it: `source.name` of CycloneDX. */
  source?: { name?: string; url?: string };
  advisories: string[];
  cwes: number[];
  /** Versions in which it is fixed, where the report says so. */
  fixedIn: string[];
  recommendation?: string;
}

export interface Component {
  /** The `bom-ref`, or one made up from the position; unique within the report. */
  ref: string;
  type: string;
  group?: string;
  name: string;
  version?: string;
  purl?: string;
  cpe?: string;
  licenses: string[];
  /** How the report gave each of `licenses`, where it said so: a SPDX id, a SPDX expression, or any name. */
  licenseForms?: ('id' | 'name' | 'expression')[];
  /** Shared between components that have the same finding: do not change them. */
  findings: Finding[];
}

/** Names of a program: the scanner, or a tool. */
export interface ScannerName {
  name?: string;
  vendor?: string;
  version?: string;
}

export interface Report {
  format: { name: 'CycloneDX' | 'SPDX'; version: string; encoding: 'xml' | 'json' };
  /** The document's own name of itself, e.g. `urn:uuid:…`. */
  serialNumber?: string;
  /** `metadata.component`: what was scanned. `version` is the digest or commit. */
  subject?: { name?: string; version?: string; purl?: string; type?: string };
  scanner: ScannerName;
  /** Which advisories were used, where the report says so. */
  db?: { name?: string; version?: string; date?: string };
  /** When the report was made, RFC 3339. */
  timestamp?: string;
  components: Component[];
  /** What the scanner could not read: never shown as clean. */
  incomplete: string[];
  /** The document itself where it is SPDX: policies are given it as it came, beside `bom` (spec.md §7). */
  spdx?: Readonly<Record<string, unknown>>;
}

/** The figures of a report that a status shows. */
export interface ReportSummary {
  counts: SeverityCounts;
  components: number;
  /** Pairs of vulnerability id and component. */
  findings: number;
}
