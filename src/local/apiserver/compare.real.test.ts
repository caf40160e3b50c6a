/** The same requests to this server and to a real kube-apiserver: the same answers. */
import { Agent } from 'node:https';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { kubeMissing, startKube } from '../../../test/servers/kube.ts';
import type { Kube } from '../../../test/servers/kube.ts';
import { textAt } from './resources/resource.ts';
import {
  aThing,
  callServer,
  definitionsPath,
  patchTypes,
  startTestServer,
  thingDefinition,
} from './test-server.ts';
import type { Answer, CallOptions, TestServer } from './test-server.ts';
import type { Json, JsonObject } from './types.ts';

const missing = kubeMissing();
if (missing !== undefined) test.skip(missing, () => {});

const things = '/apis/example.test/v1/namespaces/t/things';
const jobs = '/apis/batch/v1/namespaces/t/jobs';
const core = '/api/v1/namespaces/t';

const job = (name: string, spec: JsonObject = {}, pod: JsonObject = {}): JsonObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: {
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'busybox' }], ...pod } },
    ...spec,
  },
});
const plain = (kind: string, name: string, more: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name },
  ...more,
});
const named = (name: string, metadata: JsonObject): JsonObject => ({
  ...aThing(name),
  metadata: { name, ...metadata },
});

type Step = readonly [method: string, path: string, body?: unknown, options?: CallOptions];
const { merge, strategic, apply } = patchTypes;
const patched = (path: string, body: unknown, headers: Record<string, string>): Step => [
  'PATCH',
  path,
  body,
  { headers },
];

const steps: readonly Step[] = [
  ['POST', things, aThing('a')],
  ['POST', things, aThing('a')],
  ['POST', things, aThing('b', {})],
  ['POST', things, aThing('b', { n: null })],
  ['POST', things, aThing('b', { n: 0 })],
  ['POST', things, aThing('b', { n: 11 })],
  ['POST', things, aThing('b', { n: 'x' })],
  ['POST', things, aThing('b', { n: 3, s: 'a' })],
  ['POST', things, aThing('b', { n: 3, s: 'aaaaaa' })],
  ['POST', things, aThing('b', { n: 3, s: 'bb' })],
  ['POST', things, aThing('b', { n: 3, e: 'Z' })],
  ['POST', things, aThing('b', { n: 3, when: 'nope' })],
  ['POST', things, aThing('b', { n: 3, map: { a: 1 } })],
  ['POST', things, aThing('b', { n: 3, ios: true })],
  ['POST', things, aThing('b', { n: 1, s: 'aa' })],
  ['POST', things, aThing('b', { n: 3, list: [{ name: 'x' }, { name: 'x' }] })],
  ['POST', things, aThing('b', { n: 3, set: ['x', 'x'] })],
  ['POST', things, aThing('nulls', { n: 3, nul: null, d: null, s: null, free: { a: null } })],
  ['POST', `${things}?fieldValidation=Strict`, aThing('b', { n: 3, foo: 1, list: [{ name: 'x', bar: 1 }] })],
  ['POST', `${things}?fieldValidation=Strict`, named('b', { foo: 'x' })],
  ['POST', `${things}?dryRun=All`, aThing('b', { n: 3, foo: 1, list: [{ name: 'x', p: {} }] })],
  ['POST', things, { ...aThing('b'), kind: 'Nope' }],
  ['POST', things, { ...aThing('b'), apiVersion: 'v1' }],
  ['POST', things, { metadata: { name: 'x' } }],
  ['POST', things, named('b', { namespace: 'other' })],
  ['POST', things, named('b', { labels: { a: 5 } })],
  ['POST', things, named('b', { labels: { 'x y': 'z' } })],
  ['POST', things, aThing('B_')],
  ['POST', things.replace('/t/', '/none/'), aThing('a')],
  ['GET', `${things}/none`],
  ['GET', `${things}?fieldSelector=spec.n%3D3`],
  ['GET', `${things.replace('/v1/', '/v1alpha1/')}/a`],
  patched(`${things}/a/status`, { status: { ok: true }, spec: { n: 9 } }, merge),
  patched(`${things}/a`, { status: { ok: false }, spec: { n: 4 } }, merge),
  patched(`${things}/a`, { spec: { n: 4 } }, merge),
  patched(`${things}/a`, { spec: { n: 4 } }, strategic),
  patched(`${things}/a`, { metadata: { name: 'other' } }, merge),
  patched(`${things}/a`, { metadata: { resourceVersion: '1' } }, merge),
  patched(`${things}/a`, { metadata: { finalizers: ['nodomain'] } }, merge),
  ['PUT', `${things}/a`, aThing('a')],
  ['PUT', `${things}/zz`, aThing('zz')],
  ['PUT', `${things}/a`, aThing('b')],
  ['DELETE', `${things}/a`, { preconditions: { uid: 'none' } }],
  ['DELETE', `${things}/a`],
  ['GET', `${things}/a`],
  patched(`${things}/a`, { metadata: { finalizers: null } }, merge),
  ['GET', `${things}/a`],
  patched(
    `${things}/ap?fieldManager=one`,
    aThing('ap', {
      n: 3,
      s: 'aa',
      list: [{ name: 'x', v: 1 }, { name: 'y' }],
      set: ['p'],
      map: { k: 'v' },
      free: { a: { b: [1] } },
    }),
    apply,
  ),
  patched(
    `${things}/ap?fieldManager=two`,
    aThing('ap', { n: 4, list: [{ name: 'x', v: 5 }, { name: 'z' }], set: ['q'] }),
    apply,
  ),
  patched(
    `${things}/ap?fieldManager=two&force=true`,
    aThing('ap', { n: 4, list: [{ name: 'x', v: 5 }, { name: 'z' }], set: ['q'] }),
    apply,
  ),
  patched(`${things}/ap?fieldManager=one`, aThing('ap', { n: 4, s: 'aa' }), apply),
  patched(`${things}/ap?fieldManager=two`, aThing('ap', { n: 4, set: ['q'] }), apply),
  patched(
    `${things}/ap?fieldManager=upd`,
    { spec: { n: 5, d: 'changed', map: { k2: 'v' } }, metadata: { labels: { a: 'b' } } },
    merge,
  ),
  patched(`${things}/ap/status?fieldManager=upd`, { status: { ok: true } }, merge),
  patched(`${things}/ap?fieldManager=one`, aThing('ap', { n: 4, s: 'aa' }), apply),
  patched(
    `${things}/ap/status?fieldManager=st`,
    { ...aThing('ap', undefined), status: { ok: false } },
    apply,
  ),
  ['POST', jobs, job('j')],
  ['POST', jobs, job('k', {}, { containers: [] })],
  ['POST', jobs, job('k', {}, { restartPolicy: 'Always' })],
  [
    'POST',
    jobs,
    job('k', {}, { containers: [{ name: 'a', image: 'x', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }),
  ],
  ['POST', `${jobs}?fieldValidation=Strict`, job('k', { bogus: 1 })],
  patched(`${jobs}/j`, { spec: { backoffLimit: 3 } }, strategic),
  patched(`${jobs}/j2?fieldManager=m`, job('j2'), apply),
  ['POST', `${core}/secrets`, plain('Secret', 's', { type: 'kubernetes.io/dockerconfigjson', data: {} })],
  ['POST', `${core}/secrets`, plain('Secret', 's', { stringData: { a: 'x' }, immutable: true })],
  patched(`${core}/secrets/s`, { stringData: { a: 'y' } }, merge),
  ['POST', `${core}/configmaps`, plain('ConfigMap', 'c', { data: { 'a/b': 'c' } })],
  [
    'POST',
    `${core}/events`,
    plain('Event', 'e', {
      involvedObject: { kind: 'Job', name: 'j', namespace: 't' },
      reason: 'R',
      message: 'M',
      type: 'Normal',
      source: { component: 'c' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 1,
    }),
  ],
];

/** What has no meaning beyond one server: ids, revisions, times. */
function comparable(value: Json | undefined, key = ''): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => comparable(item) ?? null);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(
      ([name]) => !['uid', 'resourceVersion', 'selfLink', 'remainingItemCount'].includes(name),
    );
    return Object.fromEntries(entries.map(([name, inner]) => [name, comparable(inner, name)]));
  }
  if (typeof value !== 'string') return value;
  if (/^(time|.*Timestamp|.*Time)$/.test(key)) return 'time';
  return value.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, 'uid');
}

const comparableObject = (value: JsonObject): JsonObject => {
  const result = comparable(value);
  return typeof result === 'object' && result !== null && !Array.isArray(result) ? result : {};
};

/** Managers are listed by time, which differs: here by name. */
function sortManagers(body: JsonObject): JsonObject {
  const metadata = body['metadata'];
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return body;
  const entries = metadata['managedFields'];
  if (!Array.isArray(entries)) return body;
  const order = (entry: Json): string =>
    ['manager', 'operation', 'subresource'].map((field) => textAt(entry, field)).join(' ');
  const sorted = entries.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  return { ...body, metadata: { ...metadata, managedFields: sorted } };
}

const seen = (answer: Answer): object => ({
  code: answer.code,
  warning: answer.headers['warning'],
  body: sortManagers(comparableObject(answer.body)),
});

describe.skipIf(missing !== undefined)('beside a real kube-apiserver', () => {
  let ours: TestServer;
  let kube: Kube;
  let agent: Agent;
  const real = (...[method, path, body, options]: Step): Promise<Answer> =>
    callServer({ agent, url: kube.url }, method, path, body, options);

  beforeAll(async () => {
    ours = await startTestServer();
    // Without the controllers: what they change afterwards is theirs.
    kube = await startKube({ controllerManager: false });
    agent = new Agent({ ca: kube.ca, cert: kube.cert, key: kube.key, keepAlive: true });
    const prepare: readonly Step[] = [
      ['POST', definitionsPath, thingDefinition()],
      ['POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 't' } }],
    ];
    for (const step of prepare) {
      expect((await real(...step)).code).toBe(201);
      expect((await ours.call(...step)).code).toBe(201);
    }
    await vi.waitFor(async () => expect((await real('GET', things)).code).toBe(200), 20_000);
  });

  afterAll(async () => {
    agent.destroy();
    await kube.stop();
    await ours.stop();
  });

  test.each(steps.map((step, index) => [`${index + 1}. ${step[0]} ${step[1]}`, step] as const))(
    '%s',
    async (_label, step) => {
      expect(seen(await ours.call(...step))).toEqual(seen(await real(...step)));
    },
  );
});
