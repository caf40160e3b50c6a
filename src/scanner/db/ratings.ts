/** How bad a record of the OSV schema says it is, as ratings of a report. Computed at import, so that a scan need not. */
import { scoreOfVector, severityOfScore } from '../../report/cvss.ts';
import type { Rating, Severity } from '../../report/model.ts';

/** Words publishers use for a grade, lower case, and ours for it. */
const grades: Readonly<Record<string, string>> = {
  critical: 'critical',
  important: 'high',
  high: 'high',
  moderate: 'medium',
  medium: 'medium',
  low: 'low',
  negligible: 'low',
  minor: 'low',
};

const words: Readonly<Record<Severity, string>> = {
  CRITICAL: 'critical',
  HIGH: 'high',
  MEDIUM: 'medium',
  LOW: 'low',
  UNKNOWN: 'unknown',
};

/**
 * The ratings of a record or of one `affected` entry: its CVSS vectors, each with its score, and the publisher's own
 * grade (`database_specific.severity`), which goes before what the score would be called. `id` tells who published it.
 */
export function ratingsOf(holder: Readonly<Record<string, unknown>>, id: string): Rating[] {
  const grade = gradeOf(holder['database_specific']) ?? gradeOf(holder['ecosystem_specific']);
  const source = publisherOf(id);
  const ratings: Rating[] = [];
  const vectors = Array.isArray(holder['severity']) ? holder['severity'] : [];
  for (const entry of vectors) {
    const vector = vectorOf(entry);
    const scored = vector === undefined ? undefined : scoreOfVector(vector);
    if (vector === undefined || scored === undefined) continue;
    const { score, method } = scored;
    const severity = grade ?? (score === 0 ? 'none' : words[severityOfScore(score, method) ?? 'UNKNOWN']);
    ratings.push({ ...source, severity, score, method, vector });
  }
  if (ratings.length === 0 && grade !== undefined)
    ratings.push({ ...source, severity: grade, method: 'other' });
  return ratings;
}

function vectorOf(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null || !('score' in entry)) return undefined;
  return typeof entry.score === 'string' ? entry.score : undefined;
}

function gradeOf(specific: unknown): string | undefined {
  if (typeof specific !== 'object' || specific === null || !('severity' in specific)) return undefined;
  const word = typeof specific.severity === 'string' ? specific.severity.toLowerCase() : '';
  return Object.hasOwn(grades, word) ? grades[word] : undefined;
}

/** The part of an id before its first hyphen, which OSV gives to one database each: `GHSA`, `PYSEC`, `RUSTSEC`. */
function publisherOf(id: string): { source?: string } {
  const hyphen = id.indexOf('-');
  return hyphen > 0 ? { source: id.slice(0, hyphen) } : {};
}
