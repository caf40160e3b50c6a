/** Terms that reading and writing CycloneDX share. */
import type { Report } from './model.ts';

/** Properties of ours in `metadata.properties` and on vulnerabilities. */
export const propertyNames = {
  dbName: 'scan-link:db:name',
  dbVersion: 'scan-link:db:version',
  dbDate: 'scan-link:db:date',
  /** Once for every thing that could not be read. */
  incomplete: 'scan-link:incomplete',
  /** On a vulnerability, once for every version it is fixed in. */
  fixedIn: 'scan-link:fixed-in',
} as const;

/** The recommendation that is written when a finding has none of its own. */
export function upgradeText(versions: readonly string[]): string | undefined {
  return versions.length === 0 ? undefined : `Upgrade to ${versions.join(' or ')}`;
}

/** What our properties of the metadata say. */
export function ofProperties(
  properties: readonly (readonly [string, string])[],
): Pick<Report, 'db' | 'incomplete'> {
  const first = (name: string): string | undefined => properties.find(([key]) => key === name)?.[1];
  const db = {
    name: first(propertyNames.dbName),
    version: first(propertyNames.dbVersion),
    date: first(propertyNames.dbDate),
  };
  const known = Object.values(db).some((value) => value !== undefined);
  return {
    db: known ? db : undefined,
    incomplete: properties.filter(([key]) => key === propertyNames.incomplete).map(([, value]) => value),
  };
}

/** The versions we read; a 1.x after them only adds fields. */
export function isKnownVersion(version: string): boolean {
  return /^1\.\d{1,2}$/.test(version);
}

/** A licence as a document gives it. */
export interface License {
  text: string;
  form: 'id' | 'name' | 'expression';
}

/** The forms of licences; nothing when all are names, which is what a missing list means. */
export function formsOf(licenses: readonly License[]): License['form'][] | undefined {
  return licenses.every((license) => license.form === 'name')
    ? undefined
    : licenses.map((license) => license.form);
}

/** What `metadata` says. */
export interface Metadata {
  heading: Pick<Report, 'subject' | 'scanner' | 'timestamp'>;
  properties: [string, string][];
  /** By which vulnerabilities may name what was scanned. */
  subjectRef?: string;
}
