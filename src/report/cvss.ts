/** CVSS vectors, all versions, as one figure: the base score and what it is called. */
import cvss from 'ae-cvss-calculator';
import type { Severity } from './model.ts';

export interface CvssScore {
  /** 0.0 to 10.0. For CVSS 4.0 a threat metric in the vector counts, as FIRST defines that version's score. */
  score: number;
  /** As CycloneDX names it. */
  method: 'CVSSv2' | 'CVSSv3' | 'CVSSv31' | 'CVSSv4';
}

const methods: Readonly<Record<string, CvssScore['method']>> = {
  'CVSS:2.0': 'CVSSv2',
  'CVSS:3.0': 'CVSSv3',
  'CVSS:3.1': 'CVSSv31',
  'CVSS:4.0': 'CVSSv4',
};

/** No vector of any version is longer with all its optional metrics. */
const longestVector = 512;
/** Reports repeat a few hundred vectors; a hostile one must not fill the memory with different ones. */
const rememberedVectors = 4096;
const remembered = new Map<string, CvssScore | undefined>();

/** The score of a CVSS 2.0, 3.0, 3.1 or 4.0 vector; undefined when it is not one, or lacks a base metric. */
export function scoreOfVector(vector: string): CvssScore | undefined {
  if (vector.length > longestVector) return undefined;
  if (remembered.has(vector)) return remembered.get(vector);
  const score = calculate(vector);
  if (remembered.size >= rememberedVectors) remembered.clear();
  remembered.set(vector, score);
  return score;
}

function calculate(vector: string): CvssScore | undefined {
  try {
    const parsed = cvss.fromVector(vector.trim());
    if (!parsed?.isBaseFullyDefined()) return undefined;
    const scores = parsed.calculateScores(false);
    const score = 'base' in scores && typeof scores.base === 'number' ? scores.base : scores.overall;
    const method = methods[parsed.getVectorName()];
    return method && Number.isFinite(score) ? { score, method } : undefined;
  } catch {
    return undefined; // not a vector; the rating has no severity then, and UNKNOWN is never the lower answer
  }
}

/**
 * The name FIRST and NVD give a score: CVSS 2 knows no CRITICAL, its HIGH begins at 7. A score of 0 is `none`, which
 * spec.md §4 counts as LOW. Undefined outside of 0 to 10.
 */
export function severityOfScore(score: number, method?: string): Severity | undefined {
  if (!(score >= 0 && score <= 10)) return undefined;
  if (score < 4) return 'LOW';
  if (score < 7) return 'MEDIUM';
  if (score < 9 || method === 'CVSSv2') return 'HIGH';
  return 'CRITICAL';
}
