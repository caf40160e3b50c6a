/** CVSS vectors, all versions, as one figure: the base score and what it is called. */
import cvss from 'ae-cvss-calculator';
import type { Severity } from './model.ts';

export interface CvssScore {
  /** 0.0 to 10.0. For CVSS 4.0 a threat metric in the vector counts, as FIRST defines that version's score. */
  score: number;
  /** As CycloneDX names it. */
  method: 'CVSSv2' | 'CVSSv3' | 'CVSSv31' | 'CVSSv4';
}

/**
 * The metrics that make a score, each with its values: those of the base group, which a vector must have, and the threat
 * metric of 4.0. Everything else in a vector is left out before the library sees it, which writes to the console about
 * what it does not know.
 */
const versions: readonly {
  method: CvssScore['method'];
  prefix: string;
  base: Metrics;
  optional?: Metrics;
}[] = [
  {
    method: 'CVSSv4',
    prefix: 'CVSS:4.0/',
    base: metrics('AV:NALP AC:LH AT:NP PR:NLH UI:NPA VC:HLN VI:HLN VA:HLN SC:HLN SI:HLN SA:HLN'),
    optional: metrics('E:XAPU'),
  },
  {
    method: 'CVSSv31',
    prefix: 'CVSS:3.1/',
    base: metrics('AV:NALP AC:LH PR:NLH UI:NR S:UC C:NLH I:NLH A:NLH'),
  },
  {
    method: 'CVSSv3',
    prefix: 'CVSS:3.0/',
    base: metrics('AV:NALP AC:LH PR:NLH UI:NR S:UC C:NLH I:NLH A:NLH'),
  },
  { method: 'CVSSv2', prefix: '', base: metrics('AV:NAL AC:HML Au:MSN C:NPC I:NPC A:NPC') },
];

type Metrics = ReadonlyMap<string, string>;

function metrics(text: string): Metrics {
  return new Map(
    text.split(' ').map((one): [string, string] => [one.split(':')[0] ?? '', one.split(':')[1] ?? '']),
  );
}

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

function calculate(text: string): CvssScore | undefined {
  const vector = text
    .trim()
    .replace(/^\((.*)\)$/, '$1')
    .replace(/^CVSS:2\.0\//, '');
  const version = versions.find(({ prefix }) =>
    prefix === '' ? !vector.startsWith('CVSS:') : vector.startsWith(prefix),
  );
  const plain = version && scoringPart(vector.slice(version.prefix.length), version);
  if (!version || plain === undefined) return undefined;
  const parsed = cvss.fromVector(version.prefix + plain);
  const scores = parsed?.calculateScores(false);
  const score = scores && 'base' in scores && typeof scores.base === 'number' ? scores.base : undefined;
  return score === undefined ? undefined : { score, method: version.method };
}

/** The metrics of a vector that make its score; undefined when one is missing, given twice or none. */
function scoringPart(vector: string, { base, optional }: (typeof versions)[number]): string | undefined {
  const found = new Map<string, string>();
  for (const pair of vector.split('/')) {
    const [name = '', value = ''] = pair.split(':');
    const values = base.get(name) ?? optional?.get(name);
    if (values === undefined) continue;
    if (value.length !== 1 || !values.includes(value) || found.has(name)) return undefined;
    found.set(name, pair);
  }
  for (const name of base.keys()) if (!found.has(name)) return undefined;
  return [...found.values()].join('/');
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
