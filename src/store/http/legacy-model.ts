/** The models of the earlier store's API, spec.md §8: keys as written there. Lists are never null. */
import { severityOf } from '../../report/index.ts';
import type { Rating as ReportRating } from '../../report/model.ts';
import type { ArtifactRow, PackageRow, VulnerabilityRow } from '../db/index.ts';

export interface Rating {
  ID: number;
  Vector: string;
  Score: number;
  MethodType: { ID: number; Name: string };
  MethodTypeID: number;
  Severity: string;
}

export interface Vulnerability {
  ID: number;
  CVEID: string;
  CNA: string;
  Description: string;
  URL: string;
  References: string[];
  Ratings: Rating[];
  Packages: Package[];
}

export interface Package {
  ID: number;
  Name: string;
  Version: string;
  PackageManager: string;
  Homepage: string;
  Images: Image[];
  Sources: Source[];
  Vulnerabilities: Vulnerability[];
}

export interface Image {
  ID: number;
  Name: string;
  Registry: string;
  Digest: string;
  Packages: Package[];
  Sources: Source[];
}

export interface Source {
  ID: number;
  Repository: string;
  Organization: string;
  Host: string;
  Sha: string;
  Packages: Package[];
  Images: Image[];
  DeletedAt: null;
}

/** Their numbers are those of the earlier store's first clients: 1 came with CVSS version 2 vectors. */
export const methodTypes = ['CVSSv2', 'CVSSv3', 'CVSSv31', 'CVSSv4', 'other'] as const;

const words = {
  CRITICAL: 'Critical',
  HIGH: 'High',
  MEDIUM: 'Medium',
  LOW: 'Low',
  UNKNOWN: 'Unknown',
} as const;

export function image(row: ArtifactRow, more: Partial<Image> = {}): Image {
  const { id, name, registry, digest } = row;
  return { ID: id, Name: name, Registry: registry, Digest: digest, Packages: [], Sources: [], ...more };
}

export function source(row: ArtifactRow, more: Partial<Source> = {}): Source {
  return {
    ID: row.id,
    Repository: row.repository,
    Organization: row.organization,
    Host: row.host,
    Sha: row.sha,
    Packages: [],
    Images: [],
    DeletedAt: null,
    ...more,
  };
}

export function packageModel(row: PackageRow, more: Partial<Package> = {}): Package {
  return {
    ID: row.id,
    Name: row.name,
    Version: row.version,
    PackageManager: row.manager,
    Homepage: row.homepage,
    Images: [],
    Sources: [],
    Vulnerabilities: [],
    ...more,
  };
}

export function vulnerability(row: VulnerabilityRow, more: Partial<Vulnerability> = {}): Vulnerability {
  const ratings = JSON.parse(row.ratings) as ReportRating[];
  return {
    ID: row.id,
    CVEID: row.cve_id,
    CNA: row.cna,
    Description: row.description,
    URL: row.url,
    References: JSON.parse(row.refs) as string[],
    Ratings: ratings.map((one, at) => rating(one, row.id * 1000 + at)),
    Packages: [],
    ...more,
  };
}

function rating(one: ReportRating, ID: number): Rating {
  const at = methodTypes.findIndex((name) => name === one.method);
  const MethodTypeID = at === -1 ? methodTypes.length : at + 1;
  return {
    ID,
    Vector: one.vector ?? '',
    Score: one.score ?? 0,
    MethodType: { ID: MethodTypeID, Name: methodTypes[MethodTypeID - 1] ?? 'other' },
    MethodTypeID,
    Severity: words[severityOf(one)],
  };
}
