/** From a folder to a `Report`. */
import path from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { Component, Report } from '../report/model.ts';
import { catalogFolder } from './catalog/catalog.ts';
import type { AdvisoryDb } from './db/types.ts';
import type { ScannedFinding } from './match/finding.ts';
import type { Catalog, Location, Package } from './model.ts';
import { purlOf } from './purl.ts';

export type ScanProgress =
  | { readonly step: 'catalog'; readonly files: number; readonly path: string }
  | { readonly step: 'match'; readonly packages: number };

export interface SbomOptions {
  /** What was scanned, for `report.subject`; default: the folder's name. */
  readonly subject?: Report['subject'];
  /** Time to write into the report, RFC 3339; none is written without, so that equal input gives equal bytes. */
  readonly timestamp?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ScanProgress) => void;
}

export interface ScanOptions extends SbomOptions {
  /** The database's path, or one that is already open (and stays so). */
  readonly db?: string | AdvisoryDb;
}

/** A component with what only our own scanner knows of it. */
export interface ScannedComponent extends Component {
  ecosystem: string;
  /** Every place it was found at. */
  locations: Location[];
  /** True where every place that tells says it is needed for development only; undefined where none tells. */
  dev?: boolean;
  /** True where any place names it as the project's own dependency. */
  direct?: boolean;
  findings: ScannedFinding[];
}

export interface ScanReport extends Report {
  components: ScannedComponent[];
}

/** See `sbomFolder` in `index.ts`. */
export async function sbomFolder(root: string, options: SbomOptions = {}): Promise<ScanReport> {
  const catalog = await readCatalog(root, options);
  return reportOf(root, catalog, options);
}

/** See `scanFolder` in `index.ts`. */
export async function scanFolder(root: string, options: ScanOptions = {}): Promise<ScanReport> {
  const db = typeof options.db === 'string' ? await openPath(options.db) : options.db;
  try {
    const catalog = await readCatalog(root, options);
    const report = reportOf(root, catalog, options);
    options.onProgress?.({ step: 'match', packages: report.components.length });
    if (db) await match(report, db);
    else if (report.components.length > 0) {
      report.incomplete.push(
        `No advisory database was given: ${report.components.length} packages were not matched`,
      );
    }
    return report;
  } finally {
    if (typeof options.db === 'string') db?.close();
  }
}

async function openPath(file: string): Promise<AdvisoryDb> {
  const { openDb } = await import('./db/open.ts');
  return openDb(file);
}

function readCatalog(root: string, options: SbomOptions): Promise<Catalog> {
  const { signal, onProgress } = options;
  return catalogFolder(root, {
    signal,
    onFile: (file, files) => onProgress?.({ step: 'catalog', files, path: file }),
  });
}

async function match(report: ScanReport, db: AdvisoryDb): Promise<void> {
  const { matchPackages } = await import('./match/match.ts');
  const packages = report.components.map(packageOf);
  const { findings, incomplete } = await matchPackages(packages, db);
  for (const [index, found] of packages.entries()) {
    const component = report.components[index];
    if (component) component.findings = findings.get(found) ?? [];
  }
  report.incomplete.push(...incomplete);
  const { name, version, date } = db.info;
  report.db = { name, version, ...(date === undefined ? {} : { date }) };
}

function packageOf({ ecosystem, name, version, locations }: ScannedComponent): Package {
  return { ecosystem, name, version, location: locations[0] ?? { path: '' } };
}

/** One component a purl, wherever it was found. */
function reportOf(root: string, catalog: Catalog, options: SbomOptions): ScanReport {
  const components = new Map<string, ScannedComponent>();
  for (const found of catalog.packages) {
    const purl = purlOf(found);
    const known = components.get(purl);
    if (known) addPlace(known, found);
    else components.set(purl, componentOf(purl, found));
  }
  return {
    format: { name: 'CycloneDX', version: '1.6', encoding: 'json' },
    subject: options.subject ?? { name: path.basename(path.resolve(root)) || '/', type: 'application' },
    scanner: { name: 'scan-link', vendor: 'Scan Link', version: packageJson.version },
    ...(options.timestamp === undefined ? {} : { timestamp: options.timestamp }),
    components: [...components.values()],
    incomplete: [...catalog.incomplete],
  };
}

function componentOf(purl: string, found: Package): ScannedComponent {
  const { ecosystem, name, version, location, dev, direct, licenses } = found;
  return {
    ref: purl,
    type: 'library',
    name,
    version,
    purl,
    licenses: [...(licenses ?? [])],
    findings: [],
    ecosystem,
    locations: [location],
    dev,
    direct,
  };
}

function addPlace(component: ScannedComponent, found: Package): void {
  component.locations.push(found.location);
  if (found.dev !== undefined) component.dev = (component.dev ?? true) && found.dev;
  if (found.direct !== undefined) component.direct = (component.direct ?? false) || found.direct;
  for (const license of found.licenses ?? []) {
    if (!component.licenses.includes(license)) component.licenses.push(license);
  }
}
