import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Job, Pod } from '../../kube/builtin-types.ts';
import { isNotFound, KubeError } from '../../kube/errors.ts';
import { FakeClient } from '../../kube/fake-client.ts';
import { jobs, pods } from '../../kube/resources.ts';
import { ManualClock } from '../../lib/manual-clock.ts';
import { startLocalControllers } from './index.ts';

async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** One attempt may have one pod, whenever the controller or its connection dies. */
describe('the Job controller, killed at any request', () => {
  it('makes one pod an attempt, counts it once, and comes to the same end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 25 }), { maxLength: 4 }),
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        async (deaths, outcomes) => {
          const client = new FakeClient();
          const clock = new ManualClock();
          const backoffLimit = 2;
          const template = { spec: { containers: [], restartPolicy: 'Never' } };
          const job: Job = {
            metadata: { name: 'j', namespace: 'n' },
            spec: { backoffLimit, completions: 1, parallelism: 1, template },
          };
          await client.create(jobs, job);
          const made = new Set<string>();
          let requests = 0;
          let mutations = deaths.toSorted((a, b) => a - b);
          let isDead = false;
          client.before = (call) => {
            if (call.startsWith('create pods') || call.startsWith('patch') || call.startsWith('delete'))
              requests++;
            if (mutations[0] !== undefined && requests > mutations[0]) {
              mutations = mutations.slice(1);
              isDead = true;
            }
            if (isDead) throw new KubeError('dead', { reason: 'Unreachable' });
          };
          let controllers = startLocalControllers({ client, clock });
          const finishedAttempts = new Set<string>();
          for (let round = 0; round < 60; round++) {
            await settle();
            if (isDead) {
              await controllers.stop();
              isDead = false;
              controllers = startLocalControllers({ client, clock });
              await settle();
            }
            // The node: every pod ends as its number in the row says.
            const saved = client.before;
            client.before = () => {};
            const { items } = await client.list<Pod>(pods);
            for (const pod of items) {
              const name = pod.metadata.name ?? '';
              made.add(name);
              expect(items.filter(({ status }) => status?.phase === undefined).length).toBeLessThanOrEqual(1);
              if (finishedAttempts.has(name)) continue;
              const phase = outcomes[finishedAttempts.size] ? 'Succeeded' : 'Failed';
              finishedAttempts.add(name);
              await client.patch(pods, { namespace: 'n', name }, 'merge', { status: { phase } });
            }
            client.before = saved;
            clock.advance(30_000);
          }
          await settle();
          client.before = () => {};
          const { status } = await client.get<Job>(jobs, { namespace: 'n', name: 'j' });
          await controllers.stop();
          const success = outcomes.indexOf(true);
          const attempts = success === -1 ? backoffLimit + 1 : success + 1;
          expect({
            pods: made.size,
            failed: status?.failed ?? 0,
            succeeded: status?.succeeded ?? 0,
            end: status?.conditions?.at(-1)?.type,
          }).toEqual({
            pods: attempts,
            failed: success === -1 ? attempts : success,
            succeeded: success === -1 ? 0 : 1,
            end: success === -1 ? 'Failed' : 'Complete',
          });
        },
      ),
      { numRuns: 25 },
    );
  });

  it('lets pods go whose job is gone', async () => {
    const client = new FakeClient();
    await client.create<Pod>(pods, {
      metadata: {
        name: 'p',
        namespace: 'n',
        finalizers: ['batch.kubernetes.io/job-tracking'],
        deletionTimestamp: '2026-01-01T00:00:00Z',
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'gone', uid: 'x', controller: true }],
      },
    });
    const controllers = startLocalControllers({ client, clock: new ManualClock() });
    await settle();
    await expect(client.get(pods, { namespace: 'n', name: 'p' }).catch(isNotFound)).resolves.toBe(true);
    await controllers.stop();
  });
});

describe('the node lifecycle', () => {
  it('fails the pods of a node that fell silent, not those of one that lives', async () => {
    const client = new FakeClient();
    const clock = new ManualClock();
    const lease = {
      group: 'coordination.k8s.io',
      version: 'v1',
      plural: 'leases',
      kind: 'Lease',
      namespaced: true,
    };
    for (const name of ['dead', 'alive']) {
      await client.create(lease, { metadata: { name, namespace: 'kube-node-lease' } });
      const pod: Pod = {
        metadata: { name, namespace: 'n' },
        spec: { nodeName: name, containers: [] },
        status: { phase: 'Running' },
      };
      await client.create(pods, pod);
    }
    const controllers = startLocalControllers({ client, clock });
    for (let i = 0; i < 7; i++) {
      await settle();
      clock.advance(10_000);
      await client.patch(lease, { namespace: 'kube-node-lease', name: 'alive' }, 'merge', {
        spec: { renewTime: `${i}` },
      });
    }
    await settle();
    const status = async (name: string) => (await client.get<Pod>(pods, { namespace: 'n', name })).status;
    expect(await status('alive')).toEqual({ phase: 'Running' });
    expect(await status('dead')).toEqual({
      phase: 'Failed',
      reason: 'NodeLost',
      message: 'Node dead which was running pod dead is unresponsive',
    });
    await controllers.stop();
  });
});
