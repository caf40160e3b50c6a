/** One scan, its cluster, and a controller that may die between any two calls and sees what it watches late. */
import type { ImageScan, ScanPolicy, ScanTemplate, SourceScan } from '../../src/api/kinds.ts';
import { byScan, scanIndexes, slimJob, slimPod, slimScan } from '../../src/controller/caches.ts';
import type { Caches } from '../../src/controller/caches.ts';
import { createReconciler } from '../../src/controller/reconcile.ts';
import { noResultStore } from '../../src/controller/result-store.ts';
import { SendMemory } from '../../src/controller/send-memory.ts';
import { createMemoryShelf } from '../../src/controller/shelf/shelf.ts';
import { TroubleMemory } from '../../src/controller/trouble-memory.ts';
import { wakeOn } from '../../src/controller/wake.ts';
import { someRules } from '../../src/controller/builders.ts';
import type { Job, Pod } from '../../src/kube/builtin-types.ts';
import { errorFromStatus } from '../../src/kube/errors.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { ScanLinkError } from '../../src/lib/errors.ts';
import { silentLog } from '../../src/lib/log.ts';
import { ManualClock } from '../../src/lib/manual-clock.ts';
import type { PolicyEngine } from '../../src/policy/verdict.ts';
import { Cache } from '../../src/runtime/cache.ts';
import type { Reconciler } from '../../src/runtime/controller.ts';
import { noMetrics } from '../../src/telemetry/metrics.ts';
import { FakeKube } from '../fakes/fake-kube.ts';
import { Cluster } from './cluster.ts';
import { Laws } from './laws.ts';

/** Understands `ok`, `deny` and everything else as broken. */
export const simplePolicies: PolicyEngine = {
  async evaluate({ source }) {
    if (source.startsWith('ok'))
      return { contract: 'deny', passed: true, violations: [], violationCount: 0, cveCount: 0 };
    if (source.startsWith('deny')) {
      const violations = [{ message: 'CVE-2024-0001 is not allowed' }];
      return { contract: 'deny', passed: false, violations, violationCount: 1, cveCount: 1 };
    }
    throw new ScanLinkError('policy:1:1: unexpected', { code: 'PolicyCompileError' });
  },
  check: async () => ({ contract: 'deny' }),
  close: async () => {},
};

class Crash extends Error {}

export interface Rest {
  readonly scan: SourceScan | undefined;
  readonly policy: ScanPolicy | undefined;
  readonly template: ScanTemplate | undefined;
  readonly jobs: readonly Job[];
}

type Kind = 'sourcescans' | 'scantemplates' | 'scanpolicies' | 'jobs' | 'pods';
export const watched: readonly Kind[] = ['sourcescans', 'scantemplates', 'scanpolicies', 'jobs', 'pods'];

const key = 'SourceScan/team/web';

export class Simulation {
  readonly clock = new ManualClock();
  readonly kube = new FakeKube(this.clock);
  readonly cluster = new Cluster(this.kube, this.clock);
  readonly laws = new Laws(
    this.kube,
    () => this.clock.now(),
    (uid) => this.#shelf.digestOf(uid) !== undefined,
  );
  reconciles = 0;
  #shelf = createMemoryShelf();
  #caches!: Record<Kind, Cache<KubeObject>>;
  #seen!: Record<Kind, number>;
  #reconcile!: Reconciler;
  /** When the key comes next; undefined: not before something changes. */
  #due: number | undefined;
  /** Calls until the controller dies, or a call fails; on which side of the effect. */
  #trap: { calls: number; when: 'before' | 'after'; crash: boolean } | undefined;
  #dead = false;
  /** The last reconcile went well. */
  #calm = true;
  broken: unknown;

  constructor() {
    this.kube.intercept = (call) => {
      if (this.#dead) throw new Crash('dead');
      try {
        this.laws.check(call);
      } catch (error) {
        this.broken ??= error;
        throw error;
      }
      if (this.#trap?.when !== call.when || this.#trap.calls-- > 0) return;
      const { crash } = this.#trap;
      this.#trap = undefined;
      this.#dead = crash;
      if (crash) throw new Crash('crash');
      throw errorFromStatus({ code: 500, message: 'the connection was cut' });
    };
    this.restart();
  }

  get scan(): SourceScan | undefined {
    return this.kube.peek<SourceScan>('sourcescans', 'team', 'web');
  }

  /** A new process: everything in memory is gone, and everything is listed anew. */
  restart(shelfToo = false): void {
    if (shelfToo) this.#shelf = createMemoryShelf();
    this.#dead = false;
    this.#trap = undefined;
    this.#due = undefined;
    const uid = (object: KubeObject) => [object.metadata.uid];
    const scans = new Cache<SourceScan>({ indexes: { ...scanIndexes, uid } });
    const owned = { indexes: { scan: byScan } };
    const templates = new Cache<ScanTemplate>();
    const policies = new Cache<ScanPolicy>();
    const jobs = new Cache<Job>(owned);
    const pods = new Cache<Pod>(owned);
    const caches: Caches = {
      scans: { SourceScan: scans, ImageScan: new Cache<ImageScan>({ indexes: { ...scanIndexes, uid } }) },
      templates,
      policies,
      jobs,
      pods,
    };
    const all = { sourcescans: scans, scantemplates: templates, scanpolicies: policies, jobs, pods };
    this.#caches = all as unknown as Record<Kind, Cache<KubeObject>>;
    const end = this.kube.changes.length;
    this.#seen = { sourcescans: end, scantemplates: end, scanpolicies: end, jobs: end, pods: end };
    for (const kind of watched)
      for (const object of this.kube.all(kind)) this.#caches[kind].put(slim(kind, object));
    const written = new Map<string, string>();
    const [sends, troubles] = [new SendMemory(), new TroubleMemory()];
    this.#reconcile = createReconciler({
      client: this.kube.client(),
      caches,
      policy: simplePolicies,
      shelf: this.#shelf,
      store: noResultStore,
      sends,
      troubles,
      events: { record: () => {}, flush: async () => {} },
      metrics: noMetrics,
      clock: this.clock,
      log: silentLog,
      rules: someRules,
      jobs: { deadlineSeconds: 1800 },
      wrote: (name, version) => void written.set(name, version ?? ''),
    });
    wakeOn(caches, {
      add: (name) => {
        if (name === key) this.#due = Math.min(this.#due ?? Infinity, this.clock.now());
      },
      written: (name) => written.get(name),
      forget: (name, scan) => {
        const gone = scan.metadata.uid ?? '';
        written.delete(name);
        troubles.forget(gone);
        void this.#shelf.remove(gone);
      },
    });
  }

  /** The next `count` changes of one kind reach the controller. */
  deliver(kind: Kind, count: number): void {
    for (let left = count; left > 0 && this.#seen[kind] < this.kube.changes.length; this.#seen[kind]++) {
      const change = this.kube.changes[this.#seen[kind]];
      if (change?.plural !== kind) continue;
      left--;
      const object = slim(kind, change.object);
      const name = `${object.metadata.namespace}/${object.metadata.name}`;
      if (change.type === 'DELETED') this.#caches[kind].remove(name, object);
      else this.#caches[kind].put(object);
    }
  }

  deliverAll(): void {
    for (const kind of watched) this.deliver(kind, Infinity);
  }

  trap(calls: number, when: 'before' | 'after', crash: boolean): void {
    this.#trap = { calls, when, crash };
  }

  /**
   * Everything is delivered, and the controller works until it rests. What it then leaves behind is held to what it
   * could know; undefined where it did not come to rest.
   */
  async rest(): Promise<Rest | undefined> {
    this.deliverAll();
    for (let steps = 0; steps < 20 && (await this.step()); steps++) this.deliverAll();
    if (!this.#calm || (this.#due !== undefined && this.#due <= this.clock.now())) return undefined;
    const policy = this.#caches.scanpolicies.get('team/policy') as ScanPolicy | undefined;
    const template = this.#caches.scantemplates.get('team/template') as ScanTemplate | undefined;
    const uid = this.scan?.metadata.uid;
    const jobs = this.kube
      .all<Job>('jobs')
      .filter((job) => job.metadata.ownerReferences?.some((owner) => owner.uid === uid));
    return { scan: this.scan, policy, template, jobs };
  }

  /** Runs the reconcile that is due, if one is. False when there was none. */
  async step(): Promise<boolean> {
    if (this.#due === undefined || this.#due > this.clock.now()) return false;
    this.#due = undefined;
    this.reconciles++;
    this.#calm = false;
    try {
      const { requeueAfterMs } = await this.#reconcile(key, {
        signal: new AbortController().signal,
        failures: 0,
      });
      if (requeueAfterMs !== undefined) this.#wakeIn(requeueAfterMs);
      this.#calm = true;
    } catch (error) {
      // The runtime comes again after errors, but for those that it is told are for good.
      if (error instanceof ScanLinkError && error.retry !== 'retryable') this.broken ??= error;
      this.#wakeIn(1000);
    }
    if (this.#dead) this.restart();
    if (this.broken !== undefined) throw this.broken;
    return true;
  }

  #wakeIn(ms: number): void {
    this.#due = Math.min(this.#due ?? Infinity, this.clock.now() + ms);
  }

  /** No more accidents: pods start and end well. Runs until nothing is due any more, or `hours` have passed. */
  async settle(hours = 24): Promise<void> {
    this.#trap = undefined;
    const end = this.clock.now() + hours * 3_600_000;
    for (let idle = 0; idle < 3 && this.clock.now() < end;) {
      const before = this.kube.changes.length;
      this.kube.collectGarbage();
      this.cluster.controlJobs();
      this.cluster.runPods();
      this.cluster.endPods('succeed');
      this.deliverAll();
      const worked = await this.step();
      if (worked || this.kube.changes.length > before) {
        idle = 0;
        continue;
      }
      idle++;
      if (this.#due !== undefined) {
        idle = 0;
        this.clock.advance(Math.max(1, this.#due - this.clock.now()));
      }
    }
  }
}

function slim(kind: Kind, object: KubeObject): KubeObject {
  const copy = JSON.parse(JSON.stringify(object)) as KubeObject;
  if (kind === 'jobs') return slimJob(copy);
  if (kind === 'pods') return slimPod(copy);
  return kind === 'sourcescans' ? slimScan(copy as SourceScan) : copy;
}
