/**
 * From any state and any order of events, failures and restarts, a scan converges, with one job an attempt and never
 * two at once. A failing run prints its seed and the shortest list of what has to happen for it.
 */
import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { group, rescanAnnotation } from '../../src/api/kinds.ts';
import type { ScanPolicy, ScanTemplate, SourceScan } from '../../src/api/kinds.ts';
import { conditionOf } from '../../src/controller/run.ts';
import { triggerIn, triggerOf } from '../../src/controller/trigger.ts';
import type { Job } from '../../src/kube/builtin-types.ts';
import type { PodEnd, Stuck } from './cluster.ts';
import { checkRest } from './laws.ts';
import { Simulation, watched } from './simulation.ts';

const team = (name: string) => ({ namespace: 'team', name });

type Happening =
  | { is: 'reconcile' | 'rest' }
  | { is: 'deliver'; kind: (typeof watched)[number]; count: number }
  | { is: 'time'; seconds: number }
  | { is: 'scan' | 'touch' | 'unscan' | 'template' | 'untemplate' | 'unpolicy' }
  | { is: 'rescan'; value: string }
  | { is: 'policy'; rego: string }
  | { is: 'name policy'; name: string | undefined }
  | { is: 'jobs' | 'pods' | 'garbage' | 'delete pods' }
  | { is: 'end'; how: PodEnd }
  /** Everything that runs ends well, in one go: or else too few scans of a simulation would ever be completed. */
  | { is: 'well' }
  | { is: 'stick'; how: Stuck }
  | { is: 'delete jobs'; how: 'Foreground' | 'Background' }
  | { is: 'trap'; calls: number; when: 'before' | 'after'; crash: boolean }
  | { is: 'restart'; loseReports: boolean };

function makeTemplate(simulation: Simulation, command: string): void {
  const spec = { template: { containers: [{ name: 'scanner', image: 'scan', command: [command] }] } };
  simulation.kube.create<ScanTemplate>('scantemplates', { metadata: team('template'), spec });
}

function makeScan(simulation: Simulation, scanPolicy?: string): void {
  simulation.kube.create<SourceScan>('sourcescans', {
    apiVersion: `${group}/v1beta1`,
    kind: 'SourceScan',
    metadata: team('web'),
    spec: {
      git: { url: 'https://example.test/web.git', username: 'git', revision: '0' },
      scanTemplate: 'template',
      ...(scanPolicy !== undefined && { scanPolicy }),
    },
  });
}

let edits = 0;

async function happen(simulation: Simulation, event: Happening): Promise<void> {
  const { kube, cluster, clock } = simulation;
  switch (event.is) {
    case 'reconcile':
      await simulation.step();
      return;
    case 'rest': {
      const rest = await simulation.rest();
      if (rest) checkRest(rest);
      return;
    }
    case 'deliver':
      simulation.deliver(event.kind, event.count);
      return;
    case 'time':
      clock.advance(event.seconds * 1000);
      return;
    case 'scan':
      if (!simulation.scan) makeScan(simulation, 'policy');
      else
        kube.update('sourcescans', team('web'), (scan) => ({
          ...scan,
          spec: {
            ...(scan as SourceScan).spec,
            git: { url: 'https://example.test/web.git', username: 'git', revision: `${++edits}` },
          },
        }));
      return;
    case 'touch':
      annotate(simulation, 'somebody', `${++edits}`);
      return;
    case 'unscan':
      if (simulation.scan) kube.delete('sourcescans', team('web'));
      return;
    case 'rescan':
      annotate(simulation, rescanAnnotation, event.value);
      return;
    case 'name policy':
      if (simulation.scan)
        kube.update('sourcescans', team('web'), (scan) => ({
          ...scan,
          spec: { ...(scan as SourceScan).spec, scanPolicy: event.name },
        }));
      return;
    case 'template':
      if (!kube.peek('scantemplates', 'team', 'template')) makeTemplate(simulation, `${++edits}`);
      else
        kube.update('scantemplates', team('template'), (template) => ({
          ...template,
          spec: { template: { containers: [{ name: 'scanner', image: `${++edits}` }] } },
        }));
      return;
    case 'untemplate':
      if (kube.peek('scantemplates', 'team', 'template')) kube.delete('scantemplates', team('template'));
      return;
    case 'policy':
      setPolicy(simulation, event.rego);
      return;
    case 'unpolicy':
      if (kube.peek('scanpolicies', 'team', 'policy')) kube.delete('scanpolicies', team('policy'));
      return;
    case 'jobs':
      cluster.controlJobs();
      return;
    case 'pods':
      cluster.runPods();
      return;
    case 'garbage':
      kube.collectGarbage();
      return;
    case 'delete pods':
      cluster.deletePods();
      return;
    case 'well':
      cluster.controlJobs();
      cluster.runPods();
      cluster.endPods('succeed');
      cluster.controlJobs();
      return;
    case 'end':
      cluster.endPods(event.how);
      return;
    case 'stick':
      cluster.stickPods(event.how);
      return;
    case 'delete jobs':
      for (const job of kube.all<Job>('jobs')) simulation.laws.deletedByPeople.add(job.metadata.name ?? '');
      cluster.deleteJobs(event.how);
      return;
    case 'trap':
      simulation.trap(event.calls, event.when, event.crash);
      return;
    case 'restart':
      simulation.restart(event.loseReports);
  }
}

function annotate({ kube, scan }: Simulation, name: string, value: string): void {
  if (!scan) return;
  kube.update('sourcescans', team('web'), (object) => ({
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [name]: value } },
  }));
}

function setPolicy({ kube }: Simulation, regoFile: string): void {
  const spec = { regoFile };
  if (kube.peek('scanpolicies', 'team', 'policy'))
    kube.update('scanpolicies', team('policy'), (policy) => ({ ...policy, spec }));
  else kube.create<ScanPolicy>('scanpolicies', { metadata: team('policy'), spec });
}

const just = <T extends Happening['is']>(...names: T[]) => fc.constantFrom(...names.map((is) => ({ is })));

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 20, arbitrary: just('rest') },
  { weight: 5, arbitrary: just('reconcile') },
  { weight: 10, arbitrary: just('well') },
  {
    weight: 5,
    arbitrary: fc.record({
      is: fc.constant('deliver' as const),
      kind: fc.constantFrom(...watched),
      count: fc.constantFrom(1, 2, 99),
    }),
  },
  { weight: 10, arbitrary: just('jobs', 'pods', 'garbage') },
  {
    weight: 5,
    arbitrary: fc.record({
      is: fc.constant('end' as const),
      how: fc.constantFrom<PodEnd>('succeed', 'succeed', 'truncated', 'fail', 'oom', 'evicted'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      is: fc.constant('time' as const),
      seconds: fc.constantFrom(1, 31, 61, 601, 4000),
    }),
  },
  {
    weight: 4,
    arbitrary: just('scan', 'touch', 'unscan', 'template', 'untemplate', 'unpolicy', 'delete pods'),
  },
  {
    weight: 2,
    arbitrary: fc.record({ is: fc.constant('rescan' as const), value: fc.constantFrom('a', 'b') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      is: fc.constant('policy' as const),
      rego: fc.constantFrom('ok', 'deny', 'broken', 'ok 2'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('name policy' as const),
      name: fc.constantFrom('policy', undefined),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('stick' as const),
      how: fc.constantFrom<Stuck>('image', 'config', 'unschedulable'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('delete jobs' as const),
      how: fc.constantFrom('Foreground' as const, 'Background' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      is: fc.constant('trap' as const),
      calls: fc.nat(6),
      when: fc.constantFrom('before' as const, 'after' as const),
      crash: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('restart' as const), loseReports: fc.boolean() }) },
);

/** What a scan must look like once nothing happens any more. */
function expectSettled(simulation: Simulation): void {
  const { scan, kube } = simulation;
  expect(kube.all<Job>('jobs'), 'jobs are deleted in their time').toEqual([]);
  if (!scan) return;
  const { status } = scan;
  expect(status?.phase).not.toBe('Scanning');
  expect(status?.observedGeneration).toBe(scan.metadata.generation);
  const template = kube.peek<ScanTemplate>('scantemplates', 'team', 'template');
  const policy = kube.peek<ScanPolicy>('scanpolicies', 'team', 'policy');
  const ran = triggerIn(status?.jobName ?? '');
  if (template === undefined) {
    // A result stands without its template; a run needs it.
    if (ran?.scan !== triggerOf(scan, { metadata: {}, spec: { template: {} } }).scan)
      expect(status?.failure?.code).toBe('TemplateNotFound');
    return;
  }
  if (scan.spec.scanPolicy !== undefined && policy === undefined) {
    expect(status).toMatchObject({ phase: 'Error', failure: { code: 'PolicyNotFound' } });
    expect(status?.compliantArtifact).toBeUndefined();
    return;
  }
  expect(ran).toEqual(triggerOf(scan, template));
  expect(status?.cveCount?.HIGH).toBe(1);
  expect(conditionOf(status, 'Succeeded')?.status).toBe('True');
  const rego = scan.spec.scanPolicy === undefined ? 'ok' : policy?.spec.regoFile.split(' ')[0];
  const phases: Record<string, string> = { ok: 'Completed', deny: 'Failed', broken: 'Error' };
  expect(status?.phase).toBe(phases[rego ?? '']);
  expect(status?.compliantArtifact !== undefined).toBe(rego === 'ok');
}

async function run(events: readonly Happening[]): Promise<Simulation> {
  const simulation = new Simulation();
  makeTemplate(simulation, 'scan');
  setPolicy(simulation, 'ok');
  makeScan(simulation, 'policy');
  for (const event of events) await happen(simulation, event);
  return simulation;
}

describe('a scan converges', () => {
  test('from any state, by any order of events, with one job an attempt', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 100, size: 'max' }), async (events) => {
        const simulation = await run(events);
        await simulation.settle();
        expectSettled(simulation);
        // Whatever was missing comes.
        if (!simulation.scan) makeScan(simulation, 'policy');
        if (!simulation.kube.peek('scantemplates', 'team', 'template')) makeTemplate(simulation, 'new');
        if (!simulation.kube.peek('scanpolicies', 'team', 'policy')) setPolicy(simulation, 'ok 3');
        await simulation.settle();
        expectSettled(simulation);
      }),
      { numRuns: Number(process.env['SIMULATION_RUNS'] ?? 500) },
    );
  }, 300_000);

  test('and then rests: nothing is read or written for a scan that does not change', async () => {
    const simulation = await run([]);
    await simulation.settle();
    const { reconciles } = simulation;
    const changes = simulation.kube.changes.length;
    await simulation.settle();
    expect(simulation.reconciles).toBe(reconciles);
    expect(simulation.kube.changes).toHaveLength(changes);
  });

  test('with few calls: a look, a job, a report, three statuses at most', async () => {
    const simulation = new Simulation();
    makeTemplate(simulation, 'scan');
    makeScan(simulation);
    const calls: string[] = [];
    const { intercept } = simulation.kube;
    simulation.kube.intercept = (call) => {
      if (call.when === 'before') calls.push(`${call.verb} ${call.plural}`);
      intercept(call);
    };
    await simulation.settle();
    expect(simulation.scan?.status?.phase).toBe('Completed');
    expect(calls.filter((call) => call === 'create jobs')).toHaveLength(1);
    expect(calls.filter((call) => call.startsWith('patch'))).toHaveLength(2);
    expect(calls.length).toBeLessThanOrEqual(16);
  });
});
