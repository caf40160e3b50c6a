/** The tables, as kysely sees them. Times are milliseconds since the epoch, lists and objects are JSON text. */
import type { Generated } from 'kysely';

export interface Tables {
  /** Which migrations have run. */
  schema_versions: { version: number; name: string; applied_at: number };
  /** Whole documents as they came, compressed, each once. */
  documents: {
    /** sha256 of the document, 64 hexadecimal digits. */
    digest: string;
    media_type: string;
    /** Uncompressed size. */
    bytes: number;
    /** Zstandard. */
    body: Uint8Array;
    created_at: number;
  };
  /** What reports say of the same components and findings: however many reports are equal in that, it is stored once. */
  contents: {
    id: Generated<number>;
    digest: string;
    components: number;
    findings: number;
    critical: number;
    high: number;
    medium: number;
    low: number;
    unknown: number;
    created_at: number;
  };
  artifacts: {
    id: Generated<number>;
    kind: ArtifactKind;
    /** Of what tells artifacts apart; see `artifactKey`. */
    key: string;
    /** Of images. */
    name: string;
    registry: string;
    digest: string;
    /** Of sources. */
    repository: string;
    organization: string;
    host: string;
    sha: string;
    /** What its newest report holds. */
    content_id: number | null;
    report_id: number | null;
    created_at: number;
    updated_at: number;
  };
  /** One row for each artifact and document: the same report twice is one. */
  reports: {
    id: Generated<number>;
    artifact_id: number;
    content_id: number;
    document_digest: string;
    scanner: string;
    scanner_version: string;
    db_name: string;
    db_version: string;
    db_date: string;
    /** The scan resource that sent it, where one did. */
    namespace: string;
    scan: string;
    /** What the scanner could not read. */
    incomplete: string;
    created_at: number;
    /** When it last came. */
    seen_at: number;
  };
  packages: {
    id: Generated<number>;
    key: string;
    name: string;
    version: string;
    /** The type of its package URL: `npm`, `deb`, … */
    manager: string;
    purl: string;
    homepage: string;
    created_at: number;
  };
  vulnerabilities: {
    id: Generated<number>;
    cve_id: string;
    cna: string;
    description: string;
    url: string;
    refs: string;
    ratings: string;
    aliases: string;
    fixed_in: string;
    /** Index into `severities`, by its own ratings. */
    severity: number;
    hash: string;
    created_at: number;
  };
  content_packages: { content_id: number; package_id: number };
  findings: { content_id: number; vulnerability_id: number; package_id: number; severity: number };
  /** An image was built from a source. */
  image_sources: { image_id: number; source_id: number };
  tokens: {
    id: Generated<number>;
    name: string;
    /** sha256 of the token: what is stored opens nothing. */
    hash: string;
    role: Role;
    created_at: number;
    expires_at: number | null;
    revoked_at: number | null;
  };
}

export type ArtifactKind = 'image' | 'source';

/** What a token may do; each includes the ones before it. */
export const roles = ['read', 'write', 'admin'] as const;
export type Role = (typeof roles)[number];
