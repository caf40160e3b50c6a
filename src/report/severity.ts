/** How bad, and how many: spec.md §4. */
import { scoreOfVector, severityOfScore } from './cvss.ts';
import { severities } from './model.ts';
import type { Finding, Rating, Report, ReportSummary, Severity, SeverityCounts } from './model.ts';

/** Words of reports, lower case. A word that is not here is UNKNOWN, and so is `unknown`. */
const words: ReadonlyMap<string, Severity> = new Map([
  ['critical', 'CRITICAL'],
  ['high', 'HIGH'],
  ['medium', 'MEDIUM'],
  ['low', 'LOW'],
  ['negligible', 'LOW'],
  ['none', 'LOW'],
  ['info', 'LOW'],
]);

const rank: Readonly<Record<Severity, number>> = { CRITICAL: 4, HIGH: 3, MEDIUM: 2, LOW: 1, UNKNOWN: 0 };

/** Reads a severity's word without regard to case; what is no known word is UNKNOWN. */
export function readSeverity(word: string): Severity {
  return words.get(word.trim().toLowerCase()) ?? 'UNKNOWN';
}

/**
 * The severity of one rating: its word when it has one, else that of its CVSS score, else that of its vector. A score
 * of 0 beside a vector is taken for a field left empty, and a score by another method than CVSS says nothing here.
 */
export function severityOf(rating: Rating): Severity {
  if (rating.severity !== undefined && rating.severity.trim() !== '') return readSeverity(rating.severity);
  const ofVector = rating.vector === undefined ? undefined : scoreOfVector(rating.vector);
  const method = rating.method ?? ofVector?.method;
  const isCvss = method === undefined || method.startsWith('CVSS');
  if (isCvss && rating.score !== undefined && !(rating.score === 0 && ofVector)) {
    const ofScore = severityOfScore(rating.score, method);
    if (ofScore) return ofScore;
  }
  return (ofVector && severityOfScore(ofVector.score, ofVector.method)) ?? 'UNKNOWN';
}

/** Negative when `a` is the higher of the two. */
export function compareSeverity(a: Severity, b: Severity): number {
  return rank[b] - rank[a];
}

/** The highest of several; UNKNOWN, which ranks below LOW, when there is none. */
export function highestSeverity(all: Iterable<Severity>): Severity {
  let highest: Severity = 'UNKNOWN';
  for (const severity of all) if (rank[severity] > rank[highest]) highest = severity;
  return highest;
}

/** The highest of a vulnerability's ratings. */
export function severityOfRatings(ratings: readonly Rating[]): Severity {
  return highestSeverity(ratings.map(severityOf));
}

/** Distinct vulnerability ids, each counted once at its highest severity. */
export function countReport(report: Report): ReportSummary {
  const highest = new Map<string, Severity>();
  let findings = 0;
  for (const component of report.components) {
    findings += new Set(component.findings.map((finding) => finding.id)).size;
    for (const finding of component.findings) raise(highest, finding);
  }
  const counts: SeverityCounts = {
    CRITICAL: 0,
    HIGH: 0,
    MEDIUM: 0,
    LOW: 0,
    UNKNOWN: 0,
    CVETOTAL: highest.size,
  };
  for (const severity of highest.values()) counts[severity] += 1;
  return { counts, components: report.components.length, findings };
}

function raise(highest: Map<string, Severity>, { id, severity }: Finding): void {
  const known = highest.get(id);
  if (known === undefined || rank[severity] > rank[known]) highest.set(id, severity);
}

/** Whether a word names one of our severities, in any case: for options such as `--fail-on`. */
export function isSeverity(word: string): word is Severity {
  return severities.some((severity) => severity === word);
}
