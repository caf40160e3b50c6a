/**
 * The embedded API server against a real kube-apiserver with etcd, through the same client in one run:
 *
 *     node bench/apiserver.ts [rounds]
 *
 * Prints status patches a second, watch delivery (from sending a patch to seeing it), memory, and the ratios. The
 * real server wants the programs that scripts/servers/build.ts builds.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crds } from '../src/api/crds.ts';
import { sourceScanKind } from '../src/api/kinds.ts';
import type { Scan } from '../src/api/kinds.ts';
import { connect } from '../src/kube/connect.ts';
import type { KubeConnection } from '../src/kube/connect.ts';
import { customResourceDefinitions, namespaces } from '../src/kube/resources.ts';
import { kubeMissing, startKube } from '../test/servers/kube.ts';
import { median, quantile, residentMb, table } from './figures.ts';

const scans = 50;
const patches = 2000;
const clients = 8;

interface Side {
  readonly name: string;
  readonly client: KubeConnection;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

interface Figures {
  patchesPerSecond: number;
  watchMedianMs: number;
  watchP99Ms: number;
  memoryMb: number;
}

async function embedded(): Promise<Side> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'scan-link-bench-'));
  const child = fork(new URL('./apiserver-serve.ts', import.meta.url), [dataDir], {
    // As "npm start" runs it.
    execArgv: ['--max-semi-space-size=4'],
  });
  const [kubeconfig] = (await once(child, 'message')) as [string];
  const client = await connect({ kubeconfig });
  const stop = async (): Promise<void> => {
    client.close();
    child.kill();
    await once(child, 'exit');
    await rm(dataDir, { recursive: true, force: true });
  };
  return { name: 'scan-link', client, pids: [child.pid ?? 0], stop };
}

async function real(): Promise<Side> {
  const kube = await startKube({ controllerManager: false });
  const client = await connect({ kubeconfig: kube.kubeconfig });
  const { etcd, apiServer } = kube.pids();
  const stop = async (): Promise<void> => {
    client.close();
    await kube.stop();
  };
  return { name: 'kube-apiserver + etcd', client, pids: [etcd, apiServer], stop };
}

async function prepare({ client }: Side): Promise<void> {
  for (const crd of crds()) await client.create(customResourceDefinitions, crd);
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } });
  // A real server serves a new kind a moment after it was declared.
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      await client.list(sourceScanKind, { namespace: 'bench' });
      break;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  for (let i = 0; i < scans; i++) {
    await client.create<Scan>(sourceScanKind, {
      apiVersion: 'scanning.apps.tanzu.vmware.com/v1beta1',
      kind: 'SourceScan',
      metadata: { name: `scan-${i}`, namespace: 'bench' },
      spec: { git: { url: 'https://example.test/repo.git', username: 'git' }, scanTemplate: 't' },
    });
  }
}

/** A status of the size that the controller writes. */
function status(n: number): object {
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: 'JobFinished',
    message: `The scan job finished ${n}`,
    lastTransitionTime: '2026-01-01T00:00:00Z',
    observedGeneration: 1,
  });
  return {
    phase: 'Completed',
    conditions: ['Scanning', 'Succeeded', 'SendingResults', 'PolicySucceeded'].map(condition),
    cveCount: { CRITICAL: n, HIGH: 0, MEDIUM: 0, LOW: 0, UNKNOWN: 0, CVETOTAL: n },
    violations: ['CVE-2024-0001 in left-pad is not allowed', 'CVE-2024-0002 in right-pad is not allowed'],
    observedGeneration: 1,
  };
}

async function round({ client, pids }: Side, base: number): Promise<Figures> {
  const sent = new Map<number, number>();
  const delays: number[] = [];
  const stop = new AbortController();
  const { metadata } = await client.list(sourceScanKind, { namespace: 'bench', limit: 1 });
  const resourceVersion = metadata.resourceVersion ?? '';
  const watching = (async () => {
    const watch = client.watch<Scan>(sourceScanKind, {
      namespace: 'bench',
      resourceVersion,
      signal: stop.signal,
    });
    for await (const event of watch) {
      if (event.type !== 'MODIFIED') continue;
      const at = sent.get(event.object.status?.cveCount?.CRITICAL ?? -1);
      if (at !== undefined) delays.push(performance.now() - at);
      if (delays.length === patches) return;
    }
  })();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < patches) {
      const n = base + next++;
      sent.set(n, performance.now());
      const key = { namespace: 'bench', name: `scan-${n % scans}` };
      await client.patch(sourceScanKind, key, 'merge', { status: status(n) }, { subresource: 'status' });
    }
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: clients }, worker));
  const seconds = (performance.now() - begin) / 1000;
  const timer = setTimeout(() => stop.abort(), 20_000);
  await watching;
  clearTimeout(timer);
  return {
    patchesPerSecond: patches / seconds,
    watchMedianMs: median(delays),
    watchP99Ms: quantile(delays, 0.99),
    memoryMb: pids.map(residentMb).reduce((a, b) => a + b, 0),
  };
}

async function main(rounds: number): Promise<void> {
  const missing = kubeMissing();
  if (missing !== undefined) throw new Error(missing);
  const sides = [await embedded(), await real()] as const;
  try {
    for (const side of sides) await prepare(side);
    const figures: Figures[][] = [[], []];
    // In turn, so that a machine that slows down slows both.
    for (let r = 0; r <= rounds; r++) {
      for (const [i, side] of sides.entries()) {
        const measured = await round(side, r * patches + 1);
        if (r > 0) figures[i]?.push(measured);
      }
    }
    const [ours, theirs] = figures as [Figures[], Figures[]];
    const of = (list: Figures[], key: keyof Figures): number => median(list.map((one) => one[key]));
    const line = (label: string, key: keyof Figures, goal: string): string[] => [
      label,
      of(ours, key).toFixed(1),
      of(theirs, key).toFixed(1),
      (of(ours, key) / of(theirs, key)).toFixed(2),
      goal,
    ];
    process.stdout.write(
      `${patches} status patches by ${clients} clients, median of ${rounds} rounds\n${table([
        ['', sides[0].name, sides[1].name, 'ratio', 'goal'],
        line('status patches a second', 'patchesPerSecond', '>= 1.5'),
        line('watch delivery, median ms', 'watchMedianMs', '<= 1'),
        line('watch delivery, p99 ms', 'watchP99Ms', '<= 1'),
        line('memory, MB', 'memoryMb', '<= 0.25'),
      ])}\n`,
    );
  } finally {
    await Promise.all(sides.map((side) => side.stop()));
  }
}

await main(Number(process.argv[2] ?? 3));
