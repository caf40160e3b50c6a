/** `npm start`: a scan of a small real project with a real lock file, with no network, and what came of it. */
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { scanPolicyKind, sourceScanKind } from '../../api/kinds.ts';
import type { ScanPolicy, SourceScan } from '../../api/kinds.ts';
import { isNotFound } from '../../kube/errors.ts';
import type { KubeClient } from '../../kube/types.ts';
import { demoDatabase } from '../../scanner/index.ts';
import type { Context } from '../context.ts';
import { progressOn } from '../render/progress.ts';
import { renderScan } from '../render/scan-status.ts';
import { painter } from '../render/style.ts';
import type { Paint } from '../render/style.ts';
import { count, duration } from '../render/words.ts';
import { demoDb } from '../up/images.ts';
import { applyUnforced } from '../up/manifests.ts';
import type { System } from '../up/system.ts';
import { archiveFolder } from './archive.ts';
import { serveArchive } from './archive-server.ts';
import { untilSettled } from './until-settled.ts';

export interface DemoOptions {
  readonly system: System;
  readonly dataDir: string;
  /** When the program was started, by `performance.now()`. */
  readonly started: number;
  readonly stop: AbortSignal;
  readonly context: Context;
}

const root = new URL('../../../', import.meta.url);
const namespace = 'default';
const name = 'demo';
const archiveName = 'demo-project.tar.gz';

/** Resolves when the status of the scan was shown; what serves its source stays until the process ends. */
export async function runDemo({ system, dataDir, started, stop, context }: DemoOptions): Promise<void> {
  const { client } = system;
  const paint = painter(context.out);
  const say = (...lines: string[]): void => void context.out.write(`${lines.join('\n')}\n`);
  const demoSet = await prepareAdvisories(dataDir);

  const before = await find(client);
  if (before) say(`Objects of an earlier start are here again: ${await inventory(client)}.`);
  const scan = await applyDemo(client, before);

  const progress = progressOn(context.err);
  progress.say(`Scanning ${scan.spec.blob?.url}`);
  const settled = await untilSettled(client, sourceScanKind, { namespace, name }, stop, (phase) =>
    progress.say(`Scanning ${scan.spec.blob?.url}: ${phase}`),
  ).finally(() => progress.done());
  if (!settled) return;

  const seconds = duration(performance.now() - started);
  const again = before?.status?.jobName !== undefined && before.status.jobName === settled.status?.jobName;
  say(
    '',
    again ? 'The scan of the earlier start, as its object says:' : `Scanned ${seconds} after the start:`,
    '',
  );
  say(
    ...renderScan({ ...settled, kind: 'SourceScan' }, paint, context.out.columns || 120).map((line) =>
      line === '' ? '' : `  ${line}`,
    ),
  );
  say(
    ...opening(system, settled.status?.metadataUrl, paint),
    ...hints(dataDir, system.kubeconfig, demoSet, paint),
  );
}

/** @returns how many advisories the demo set has, where scans use it */
async function prepareAdvisories(dataDir: string): Promise<number | undefined> {
  if (existsSync(path.join(dataDir, 'advisories.db'))) return undefined;
  const { advisories } = await demoDatabase(demoDb(dataDir));
  return advisories;
}

async function find(client: KubeClient): Promise<SourceScan | undefined> {
  try {
    return await client.get<SourceScan>(sourceScanKind, { namespace, name });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function inventory(client: KubeClient): Promise<string> {
  const [scans, policies] = await Promise.all([client.list(sourceScanKind), client.list(scanPolicyKind)]);
  return `${count(scans.items.length, 'source scan')}, ${count(policies.items.length, 'policy', 'policies')}`;
}

async function applyDemo(client: KubeClient, before: SourceScan | undefined): Promise<SourceScan> {
  const archive = await archiveFolder(fileURLToPath(new URL('data/demo-project/', root)));
  const { url } = await serveArchive(archive, archiveName, portOf(before?.spec.blob?.url));
  const policy = parse(await readFile(new URL('examples/scan-policy.yaml', root), 'utf8')) as ScanPolicy;
  const scan: SourceScan = {
    apiVersion: 'scanning.apps.tanzu.vmware.com/v1beta1',
    kind: 'SourceScan',
    metadata: { name, namespace },
    spec: { blob: { url }, scanTemplate: 'blob-source-scan-template', scanPolicy: policy.metadata.name },
  };
  await applyUnforced(client, scanPolicyKind, policy, namespace);
  await applyUnforced(client, sourceScanKind, scan, namespace);
  return client.get<SourceScan>(sourceScanKind, { namespace, name });
}

/** The port of the earlier start: with the same one the scan's URL stays, and nothing has to run again. */
function portOf(url: string | undefined): number {
  return url !== undefined && URL.canParse(url) ? Number(new URL(url).port) : 0;
}

/** How the scan's results are opened in the store that came with the system. */
function opening({ store }: System, metadataUrl: string | undefined, paint: Paint): string[] {
  if (!store || metadataUrl === undefined) return [];
  const token = readFileSync(store.tokenFile, 'utf8');
  return [
    '',
    'Its results are in the metadata store:',
    paint('bold', `  curl --cacert ${store.caFile} -H 'Authorization: Bearer ${token}' '${metadataUrl}'`),
  ];
}

function hints(dataDir: string, kubeconfig: string, demoSet: number | undefined, paint: Paint): string[] {
  const advisories =
    demoSet === undefined
      ? []
      : [
          '',
          paint(
            'yellow',
            `These are the ${demoSet} advisories of the demo set that comes with Scan Link, and no others.`,
          ),
          'For the full set, put the archives of osv.dev (<ecosystem>/all.zip) into a folder, and run:',
          `  node bin/scanlink.mjs db import FOLDER --db ${path.join(dataDir, 'advisories.db')}`,
        ];
  return [
    ...advisories,
    '',
    'Try, in another terminal:',
    paint('bold', `  export KUBECONFIG=${kubeconfig}`),
    '  kubectl get sourcescans',
    '  kubectl describe sourcescan demo',
    '  kubectl edit scanpolicy severity-policy     # accept an id, and the verdict changes at once',
    '  kubectl annotate sourcescan demo scanning.apps.tanzu.vmware.com/rescan="$(date +%s)" --overwrite',
    '  kubectl logs --all-containers job/$(kubectl get sourcescan demo -o jsonpath={.status.jobName})',
    '',
    'Ctrl-C stops it; the next start finds everything again.',
  ];
}
