/** A report in the models of the earlier API (spec.md §8), for stores that know no other. */
import { severityOf } from '../../report/index.ts';
import type { Finding, Report } from '../../report/model.ts';
import type { ArtifactRef } from '../db/artifact.ts';

const words = {
  CRITICAL: 'Critical',
  HIGH: 'High',
  MEDIUM: 'Medium',
  LOW: 'Low',
  UNKNOWN: 'Unknown',
} as const;
const methodIds: Readonly<Record<string, number>> = { CVSSv2: 1, CVSSv3: 2, CVSSv31: 3, CVSSv4: 4 };

export function legacyBody(artifact: ArtifactRef, report: Report): object {
  const Packages = report.components.map(({ group, name, version, purl, findings }) => ({
    Name: group ? `${group}/${name}` : name,
    Version: version ?? '',
    PackageManager: /^pkg:([^/]+)\//.exec(purl ?? '')?.[1] ?? '',
    Vulnerabilities: findings.map(vulnerability),
  }));
  if (artifact.kind === 'image') {
    const { name, registry, digest } = artifact;
    return { Name: name, Registry: registry, Digest: digest, Packages };
  }
  const { repository, organization, host, sha } = artifact;
  return { Repository: repository, Organization: organization, Host: host, Sha: sha, Packages };
}

function vulnerability(finding: Finding): object {
  return {
    CVEID: finding.id,
    CNA: finding.source?.name ?? '',
    Description: finding.description ?? '',
    URL: finding.source?.url ?? '',
    References: finding.advisories,
    Ratings: finding.ratings.map((rating) => ({
      Vector: rating.vector ?? '',
      Score: rating.score ?? 0,
      MethodTypeID: methodIds[rating.method ?? ''] ?? 5,
      Severity: words[severityOf(rating)],
    })),
  };
}
