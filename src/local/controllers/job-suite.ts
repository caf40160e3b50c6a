/** How Jobs go, as their status tells: the same over our Job controller and over Kubernetes' own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Event, Job, Pod } from '../../kube/builtin-types.ts';
import { isNotFound } from '../../kube/errors.ts';
import { events, jobs, namespaces, pods } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import { startRunner } from '../runner/runner.ts';
import type { Runner } from '../runner/runner.ts';
import type { KubeletTls } from '../runner/kubelet-server.ts';

export interface JobSuiteServer {
  readonly client: KubeClient;
  readonly tls: KubeletTls;
  stop(): Promise<void>;
}

type JobSpec = NonNullable<Job['spec']>;

export function jobSuite(name: string, startServer: () => Promise<JobSuiteServer>): void {
  describe(name, () => {
    let server: JobSuiteServer;
    let client: KubeClient;
    let runner: Runner;
    let dataDir: string;
    let count = 0;

    beforeAll(async () => {
      server = await startServer();
      client = server.client;
      dataDir = await mkdtemp(path.join(tmpdir(), 'scan-link-jobs-'));
      await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'jobs' } });
      const account = '/api/v1/namespaces/jobs/serviceaccounts/default';
      await vi.waitFor(() => client.raw('GET', account), { timeout: 30_000 });
      runner = await startRunner({
        client,
        nodeName: 'job-node',
        dataDir,
        images: [{ match: 'scan-link.test/shell', entrypoint: ['/bin/sh'], allowCommand: true }],
        kubelet: { host: '127.0.0.1', port: 0, tls: server.tls },
      });
    });
    afterAll(async () => {
      await runner?.stop(0);
      await server?.stop();
      if (dataDir) await rm(dataDir, { recursive: true, force: true });
    });

    function create(script: string, spec: Partial<JobSpec> = {}, restartPolicy = 'Never'): Promise<Job> {
      const container = { name: 'main', image: 'scan-link.test/shell:1', command: ['/bin/sh', '-c', script] };
      const pod = {
        restartPolicy,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 1,
        containers: [container],
      };
      const template = { metadata: { labels: { app: 'x' } }, spec: pod };
      const job: Job = {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: `job-${++count}`, namespace: 'jobs' },
        spec: { template, ...spec },
      };
      return client.create(jobs, job);
    }
    const keyOf = (job: Job) => ({ namespace: 'jobs', name: job.metadata.name ?? '' });
    const get = (job: Job): Promise<Job> => client.get<Job>(jobs, keyOf(job));
    async function podsOf(job: Job): Promise<Pod[]> {
      const labelSelector = `batch.kubernetes.io/job-name=${job.metadata.name}`;
      return (await client.list<Pod>(pods, { namespace: 'jobs', labelSelector })).items;
    }
    const conditions = (job: Job): string[] =>
      (job.status?.conditions ?? [])
        .map((one) => `${one.type} ${one.status} ${one.reason}: ${one.message}`)
        .toSorted();
    async function until(job: Job, test: (job: Job) => boolean): Promise<Job> {
      const deadline = Date.now() + 30_000;
      for (;;) {
        const now = await get(job);
        if (test(now)) return now;
        if (Date.now() > deadline)
          throw new Error(`still ${JSON.stringify(now.status)} ${JSON.stringify(await podsOf(job))}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    const over = (job: Job): Promise<Job> =>
      until(
        job,
        ({ status }) =>
          status?.conditions?.some((one) => /^(Complete|Failed)$/.test(one.type) && one.status === 'True') ??
          false,
      );
    async function messages(job: Job): Promise<string[]> {
      const fieldSelector = `involvedObject.name=${job.metadata.name}`;
      const list = await client.list<Event>(events, { namespace: 'jobs', fieldSelector });
      return list.items.map(({ reason, message }) => `${reason}: ${message}`);
    }

    it('completes with its pod', async () => {
      const job = await over(await create('true', { backoffLimit: 0 }));
      expect(conditions(job)).toEqual([
        'Complete True CompletionsReached: Reached expected number of succeeded pods',
        'SuccessCriteriaMet True CompletionsReached: Reached expected number of succeeded pods',
      ]);
      expect(job.status).toMatchObject({ succeeded: 1, ready: 0, terminating: 0 });
      expect(job.status?.failed).toBeUndefined();
      expect(job.status?.active).toBeUndefined();
      expect(Date.parse(job.status?.completionTime ?? '')).toBeGreaterThanOrEqual(
        Date.parse(job.status?.startTime ?? ''),
      );
      const [pod, ...others] = await podsOf(job);
      expect(others).toEqual([]);
      expect(pod?.metadata.name).toMatch(new RegExp(`^${job.metadata.name}-[a-z0-9]{5}$`));
      expect(pod?.metadata.labels).toMatchObject({
        app: 'x',
        'job-name': job.metadata.name,
        'controller-uid': job.metadata.uid,
      });
      expect(pod?.metadata.ownerReferences).toEqual([
        {
          apiVersion: 'batch/v1',
          kind: 'Job',
          name: job.metadata.name,
          uid: job.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ]);
      expect(pod?.metadata.finalizers ?? []).toEqual([]);
      await expect
        .poll(() => messages(job))
        .toContain(`SuccessfulCreate: Created pod: ${pod?.metadata.name}`);
      await expect.poll(() => messages(job)).toContain('Completed: Job completed');
    });

    it('fails at its first failure with backoffLimit 0', async () => {
      const job = await over(await create('exit 3', { backoffLimit: 0 }));
      const said = 'BackoffLimitExceeded: Job has reached the specified backoff limit';
      expect(conditions(job)).toEqual([`Failed True ${said}`, `FailureTarget True ${said}`]);
      expect(job.status).toMatchObject({ failed: 1 });
      expect(job.status?.succeeded).toBeUndefined();
      expect(await podsOf(job)).toHaveLength(1);
      await expect.poll(() => messages(job)).toContain(said);
    });

    it('is active and ready while its pod runs, and fails at its deadline', async () => {
      const created = await create('sleep 60', { activeDeadlineSeconds: 2, backoffLimit: 0 });
      await until(created, ({ status }) => status?.active === 1 && status.ready === 1);
      const job = await over(created);
      const said = 'DeadlineExceeded: Job was active longer than specified deadline';
      expect(conditions(job)).toEqual([`Failed True ${said}`, `FailureTarget True ${said}`]);
      expect(job.status).toMatchObject({ failed: 1 });
      await vi.waitFor(async () => expect(await podsOf(job)).toEqual([]), { timeout: 10_000 });
    });

    it('counts a deleted pod as failed', async () => {
      const created = await create('sleep 60', { backoffLimit: 0 });
      await until(created, ({ status }) => status?.ready === 1);
      const [pod] = await podsOf(created);
      await client.delete(pods, { namespace: 'jobs', name: pod?.metadata.name ?? '' });
      const job = await over(created);
      expect(conditions(job)[0]).toContain('BackoffLimitExceeded');
      expect(job.status).toMatchObject({ failed: 1 });
    });

    it('counts a pod taken away by force as failed', async () => {
      const created = await create('sleep 60', { backoffLimit: 0 });
      await until(created, ({ status }) => status?.ready === 1);
      const [pod] = await podsOf(created);
      await client.delete(
        pods,
        { namespace: 'jobs', name: pod?.metadata.name ?? '' },
        { gracePeriodSeconds: 0 },
      );
      const job = await over(created);
      expect([conditions(job)[0], job.status?.failed]).toEqual([
        expect.stringContaining('BackoffLimitExceeded'),
        1,
      ]);
    });

    it('runs as many as it is told, so many at a time', async () => {
      const job = await over(await create('true', { completions: 3, parallelism: 2 }));
      expect(job.status).toMatchObject({ succeeded: 3 });
      expect(await podsOf(job)).toHaveLength(3);
    });

    it('waits while it is suspended', async () => {
      const created = await create('true', { suspend: true });
      const job = await until(created, ({ status }) => (status?.conditions?.length ?? 0) > 0);
      expect(conditions(job)).toEqual(['Suspended True JobSuspended: Job suspended']);
      expect([job.status?.startTime, await podsOf(job)]).toEqual([undefined, []]);
      await client.patch(jobs, keyOf(job), 'merge', { spec: { suspend: false } });
      expect(conditions(await over(job))).toContain('Suspended False JobResumed: Job resumed');
    });

    it('is deleted its time after its end', async () => {
      const job = await create('true', { ttlSecondsAfterFinished: 1 });
      await vi.waitFor(async () => expect(await get(job).then(() => false, isNotFound)).toBe(true), {
        timeout: 20_000,
      });
      await vi.waitFor(async () => expect(await podsOf(job)).toEqual([]), { timeout: 20_000 });
    });

    it('takes its pod with it when it is deleted', async () => {
      const job = await create('sleep 60');
      await until(job, ({ status }) => status?.ready === 1);
      await client.delete(jobs, keyOf(job), { propagationPolicy: 'Background' });
      await vi.waitFor(async () => expect(await podsOf(job)).toEqual([]), { timeout: 20_000 });
    });
  });
}
