/** What was done to the schema, in order. Forward only: a migration that was released is never changed. */
import type { Flavour } from './flavour.ts';

export interface Migration {
  /** From 1, without gaps. */
  readonly version: number;
  readonly name: string;
  readonly statements: (flavour: Flavour) => readonly string[];
}

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'reports, packages, vulnerabilities, tokens',
    statements: ({ id, bytes, clustered }) => [
      `create table documents (digest text primary key, media_type text not null, bytes bigint not null,
        body ${bytes} not null, created_at bigint not null)`,
      `create table contents (id ${id}, digest text not null unique, components integer not null,
        findings integer not null, critical integer not null, high integer not null, medium integer not null,
        low integer not null, unknown integer not null, created_at bigint not null)`,
      `create table artifacts (id ${id}, kind text not null, key text not null unique, name text not null,
        registry text not null, digest text not null, repository text not null, organization text not null,
        host text not null, sha text not null, content_id bigint, report_id bigint,
        created_at bigint not null, updated_at bigint not null)`,
      'create index artifacts_digest on artifacts (digest)',
      'create index artifacts_name on artifacts (name)',
      'create index artifacts_sha on artifacts (sha)',
      'create index artifacts_repository on artifacts (repository)',
      'create index artifacts_content on artifacts (content_id)',
      `create table reports (id ${id}, artifact_id bigint not null references artifacts (id),
        content_id bigint not null references contents (id),
        document_digest text not null references documents (digest), scanner text not null,
        scanner_version text not null, db_name text not null, db_version text not null, db_date text not null,
        namespace text not null, scan text not null, incomplete text not null,
        created_at bigint not null, seen_at bigint not null, unique (artifact_id, document_digest))`,
      'create index reports_content on reports (content_id)',
      'create index reports_document on reports (document_digest)',
      'create index reports_seen on reports (seen_at)',
      `create table packages (id ${id}, key text not null unique, name text not null, version text not null,
        manager text not null, purl text not null, homepage text not null, created_at bigint not null)`,
      'create index packages_name on packages (name, version)',
      `create table vulnerabilities (id ${id}, cve_id text not null unique, cna text not null,
        description text not null, url text not null, refs text not null, ratings text not null,
        aliases text not null, fixed_in text not null, severity smallint not null, hash text not null,
        created_at bigint not null)`,
      `create table content_packages (content_id bigint not null references contents (id),
        package_id bigint not null references packages (id), primary key (content_id, package_id))${clustered}`,
      'create index content_packages_package on content_packages (package_id, content_id)',
      `create table findings (content_id bigint not null references contents (id),
        vulnerability_id bigint not null references vulnerabilities (id),
        package_id bigint not null references packages (id), severity smallint not null,
        primary key (content_id, vulnerability_id, package_id))${clustered}`,
      'create index findings_vulnerability on findings (vulnerability_id, content_id)',
      'create index findings_package on findings (package_id, vulnerability_id)',
      `create table image_sources (image_id bigint not null references artifacts (id),
        source_id bigint not null references artifacts (id), primary key (image_id, source_id))${clustered}`,
      'create index image_sources_source on image_sources (source_id)',
      `create table tokens (id ${id}, name text not null, hash text not null unique, role text not null,
        created_at bigint not null, expires_at bigint, revoked_at bigint)`,
    ],
  },
];
