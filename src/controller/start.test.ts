/** The controller as it runs: real watches, queue and workers, over an API server in memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Cluster } from '../../test/simulation/cluster.ts';
import { simplePolicies } from '../../test/simulation/simulation.ts';
import { FakeKube } from '../../test/fakes/fake-kube.ts';
import { group } from '../api/kinds.ts';
import type { ScanPolicy, ScanTemplate, SourceScan } from '../api/kinds.ts';
import { loadConfig } from '../config/load.ts';
import type { Event, Job, Secret } from '../kube/builtin-types.ts';
import { systemClock } from '../lib/clock.ts';
import { startController } from './start.ts';
import type { ControllerParts, RunningController } from './start.ts';

let dir: string;
let kube: FakeKube;
let cluster: Cluster;
let controller: RunningController | undefined;
let beat: NodeJS.Timeout;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'controller-'));
  kube = new FakeKube(systemClock);
  cluster = new Cluster(kube, systemClock);
  beat = setInterval(() => {
    kube.collectGarbage();
    cluster.controlJobs();
    cluster.runPods();
    cluster.endPods('succeed');
  }, 1);
});

afterEach(async () => {
  clearInterval(beat);
  await controller?.stop();
  controller = undefined;
  await rm(dir, { recursive: true, force: true });
});

async function start(parts: Partial<ControllerParts> = {}): Promise<RunningController> {
  const config = loadConfig({
    env: {},
    defaults: { 'metadataStore.url': '', deleteScanJobsSecondsAfterFinished: 0 },
  });
  controller = await startController({
    client: kube.client(),
    config,
    policy: simplePolicies,
    shelfDir: dir,
    ...parts,
  });
  return controller;
}

const in_ = (name: string) => ({ namespace: 'team', name });

function makeTemplate(): void {
  const spec = { template: { containers: [{ name: 'scanner', image: 'scan' }] } };
  kube.create<ScanTemplate>('scantemplates', { metadata: in_('template'), spec });
}

function makePolicy(regoFile: string): void {
  kube.create<ScanPolicy>('scanpolicies', { metadata: in_('policy'), spec: { regoFile } });
}

function makeScan(name: string, spec: Partial<SourceScan['spec']> = {}): void {
  kube.create<SourceScan>('sourcescans', {
    apiVersion: `${group}/v1beta1`,
    kind: 'SourceScan',
    metadata: in_(name),
    spec: {
      git: { url: 'https://example.test/web.git', username: 'git' },
      scanTemplate: 'template',
      ...spec,
    },
  });
}

const statusOf = (name: string) => kube.peek<SourceScan>('sourcescans', 'team', name)?.status;
const until = (name: string, phase: string) =>
  expect.poll(() => statusOf(name)?.phase, { timeout: 5000, interval: 2 }).toBe(phase);

test('a scan from its creation to the end of its job', async () => {
  makeTemplate();
  makePolicy('deny');
  const { ready, isReady } = await start();
  await ready;
  expect(isReady()).toBe(true);
  makeScan('web', { scanPolicy: 'policy' });
  await until('web', 'Failed');
  expect(statusOf('web')?.cveCount?.HIGH).toBe(1);
  await expect.poll(() => kube.all<Job>('jobs')).toEqual([]);
  await controller?.stop();
  const reasons = kube.all<Event>('events').map((event) => event.reason);
  expect(reasons).toEqual(['ScanStarted', 'ScanFinished', 'PolicyViolated']);
});

test('what was there before it started', async () => {
  makeTemplate();
  for (let i = 0; i < 20; i++) makeScan(`scan-${i}`);
  await start();
  for (let i = 0; i < 20; i++) await until(`scan-${i}`, 'Completed');
});

test('a template, a policy, and a policy that changes, wake their scans', async () => {
  await start();
  makeScan('web', { scanPolicy: 'policy' });
  await until('web', 'Error');
  expect(statusOf('web')?.failure?.code).toBe('TemplateNotFound');
  makeTemplate();
  await expect.poll(() => statusOf('web')?.failure?.code).toBe('PolicyNotFound');
  makePolicy('ok');
  await until('web', 'Completed');
  kube.update('scanpolicies', in_('policy'), (policy) => ({ ...policy, spec: { regoFile: 'deny' } }));
  await until('web', 'Failed');
  kube.delete('scanpolicies', in_('policy'));
  await until('web', 'Error');
  expect(
    new Set(kube.changes.filter(({ plural }) => plural === 'jobs').map(({ object }) => object.metadata.name))
      .size,
  ).toBe(1);
});

test('a missing secret is said before any job', async () => {
  makeTemplate();
  await start();
  const git = { url: 'git@example.test:web.git', username: 'git', sshKeySecret: 'key' };
  makeScan('web', { git });
  await until('web', 'Error');
  expect(statusOf('web')?.failure).toMatchObject({ code: 'SecretNotFound', nextRetryAt: expect.any(String) });
  kube.create<Secret>('secrets', { metadata: in_('key'), data: { 'ssh-privatekey': '' } });
  // Secrets are not watched: the next try, or a nudge, finds it.
  const annotations = { 'scanning.apps.tanzu.vmware.com/rescan': 'now' };
  kube.update('sourcescans', in_('web'), (scan) => ({
    ...scan,
    metadata: { ...scan.metadata, annotations },
  }));
  await until('web', 'Completed');
});

test('a restart forgets nothing: a changed policy still finds its report', async () => {
  makeTemplate();
  makePolicy('ok');
  await start();
  makeScan('web', { scanPolicy: 'policy' });
  await until('web', 'Completed');
  await controller?.stop();
  kube.update('scanpolicies', in_('policy'), (policy) => ({ ...policy, spec: { regoFile: 'deny' } }));
  await start();
  await until('web', 'Failed');
  expect(
    new Set(kube.changes.filter(({ plural }) => plural === 'jobs').map(({ object }) => object.metadata.name))
      .size,
  ).toBe(1);
});

test('the report of a scan goes with it, also when nobody watched', async () => {
  makeTemplate();
  await start();
  makeScan('web');
  await until('web', 'Completed');
  const { openShelf } = await import('./shelf/shelf.ts');
  const uid = kube.peek('sourcescans', 'team', 'web')?.metadata.uid ?? '';
  expect((await openShelf({ dir })).digestOf(uid)).toBeDefined();
  await controller?.stop();
  kube.delete('sourcescans', in_('web'));
  await (
    await start()
  ).ready;
  await controller?.stop();
  expect((await openShelf({ dir })).digestOf(uid)).toBeUndefined();
});

test('a store that cannot be sent to is said, and changes nothing else', async () => {
  makeTemplate();
  const config = loadConfig({ env: {}, defaults: { 'metadataStore.url': 'https://store.test' } });
  await start({ config });
  makeScan('web');
  await until('web', 'Completed');
  const sending = () => statusOf('web')?.conditions?.find(({ type }) => type === 'SendingResults');
  await expect.poll(sending).toMatchObject({ status: 'False', reason: 'Error' });
  expect(sending()?.error).toContain('https://store.test');
});
