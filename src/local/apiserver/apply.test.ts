import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  aThing,
  definitionsPath,
  patchTypes,
  startTestServer,
  thingDefinition,
  thingsPath,
} from './test-server.ts';
import type { Answer, Answered, TestServer } from './test-server.ts';
import type { JsonObject } from './types.ts';

let api: TestServer;

beforeAll(async () => {
  api = await startTestServer();
  await api.call('POST', definitionsPath, thingDefinition());
});

afterAll(async () => {
  expect(api.errors).toEqual([]);
  await api.stop();
});

const apply = (manager: string, name: string, spec: JsonObject | undefined, query = ''): Promise<Answer> => {
  const { spec: _spec, ...rest } = aThing(name);
  return api.call(
    'PATCH',
    `${thingsPath}/${name}?fieldManager=${manager}${query}`,
    { ...rest, ...(spec && { spec }) },
    { headers: patchTypes.apply },
  );
};

const fieldsOf = (answer: Answer, manager: string): Answered | undefined => {
  const entries = answer.body['metadata']?.['managedFields'] as unknown as {
    manager: string;
    fieldsV1: Answered;
  }[];
  return entries.find((entry) => entry.manager === manager)?.fieldsV1;
};

test('an applier owns what it applied, and gives up what it leaves out', async () => {
  const first = await apply('one', 'own', {
    n: 3,
    s: 'aa',
    list: [{ name: 'x', v: 1 }, { name: 'y' }],
    set: ['p'],
    map: { k: 'v' },
  });
  expect(first.code).toBe(201);
  expect(fieldsOf(first, 'one')).toEqual({
    'f:spec': {
      'f:n': {},
      'f:s': {},
      'f:list': {
        'k:{"name":"x"}': { '.': {}, 'f:name': {}, 'f:v': {} },
        'k:{"name":"y"}': { '.': {}, 'f:name': {} },
      },
      'f:set': { 'v:"p"': {} },
      'f:map': { 'f:k': {} },
    },
  });
  const again = await apply('one', 'own', {
    n: 3,
    s: 'aa',
    list: [{ name: 'x', v: 1 }, { name: 'y' }],
    set: ['p'],
    map: { k: 'v' },
  });
  expect(again.body['metadata']?.['resourceVersion']).toBe(first.body['metadata']?.['resourceVersion']);
  const less = await apply('one', 'own', { n: 4, list: [{ name: 'x' }] });
  expect(less.body['spec']).toEqual({ n: 4, d: 'dd', list: [{ name: 'x' }] });
  expect(less.body['metadata']?.['generation']).toBe(2);
});

test('two appliers: items merge by key, conflicts name manager and field, force takes over', async () => {
  await apply('one', 'two', { n: 3, list: [{ name: 'x', v: 1 }] });
  const clash = await apply('other', 'two', { n: 4, list: [{ name: 'x', v: 5 }, { name: 'z' }] });
  expect([clash.code, clash.body['reason'], clash.body['message']]).toEqual([
    409,
    'Conflict',
    'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.n\n- .spec.list[name="x"].v',
  ]);
  expect(clash.body['details']?.['causes']).toEqual([
    { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.n' },
    { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.list[name="x"].v' },
  ]);
  const forced = await apply(
    'other',
    'two',
    { n: 4, list: [{ name: 'x', v: 5 }, { name: 'z' }] },
    '&force=true',
  );
  expect(forced.body['spec']?.['list']).toEqual([{ name: 'x', v: 5 }, { name: 'z' }]);
  expect(fieldsOf(forced, 'one')).toEqual({
    'f:spec': { 'f:list': { 'k:{"name":"x"}': { '.': {}, 'f:name': {} } } },
  });
  const gone = await apply('other', 'two', { n: 4 });
  expect(gone.body['spec']?.['list']).toEqual([{ name: 'x' }]);
});

test('other writes own what they change, and appliers meet them', async () => {
  await apply('one', 'mix', { n: 3 });
  const patched = await api.call(
    'PATCH',
    `${thingsPath}/mix?fieldManager=upd`,
    { spec: { n: 5 }, metadata: { labels: { a: 'b' } } },
    { headers: patchTypes.merge },
  );
  expect(fieldsOf(patched, 'one')).toBeUndefined();
  expect(fieldsOf(patched, 'upd')).toEqual({
    'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
    'f:spec': { 'f:n': {} },
  });
  const status = await api.call(
    'PATCH',
    `${thingsPath}/mix/status?fieldManager=upd`,
    { status: { ok: true } },
    { headers: patchTypes.merge },
  );
  expect(status.body['metadata']?.['managedFields']?.[1]).toMatchObject({ manager: 'upd' });
  const clash = await apply('one', 'mix', { n: 4 });
  expect(clash.body['message']).toBe(
    'Apply failed with 1 conflict: conflict with "upd" using example.test/v1: .spec.n',
  );
  const agreed = await apply('one', 'mix', { n: 5 });
  expect(agreed.code).toBe(200);
  expect(fieldsOf(agreed, 'one')).toEqual({ 'f:spec': { 'f:n': {} } });
});

test.each<[string, string, JsonObject, number, string]>([
  [
    'without a manager',
    '',
    aThing('bad'),
    422,
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  ],
  [
    'unknown field',
    '?fieldManager=a',
    aThing('bad', { n: 3, nope: 1 }),
    500,
    'failed to create typed patch object (default/bad; example.test/v1, Kind=Thing): .spec.nope: field not declared in schema',
  ],
  [
    'managedFields sent',
    '?fieldManager=a',
    { ...aThing('bad'), metadata: { name: 'bad', managedFields: [] } },
    400,
    'metadata.managedFields must be nil',
  ],
])('apply is refused %s', async (_what, query, body, code, message) => {
  const answer = await api.call('PATCH', `${thingsPath}/bad${query}`, body, { headers: patchTypes.apply });
  expect([answer.code, answer.body['message']]).toEqual([code, message]);
});

test('built-in kinds apply too, and what the server adds belongs to nobody', async () => {
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j' },
    spec: {
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [{ name: 'a', image: 'busybox', ports: [{ containerPort: 80 }] }],
        },
      },
    },
  };
  const path = '/apis/batch/v1/namespaces/default/jobs/j?fieldManager=me';
  const made = await api.call('PATCH', path, job, { headers: patchTypes.apply });
  expect(made.code).toBe(201);
  expect(fieldsOf(made, 'me')?.['f:spec']).toEqual({
    'f:template': {
      'f:spec': {
        'f:containers': {
          'k:{"name":"a"}': {
            '.': {},
            'f:image': {},
            'f:name': {},
            'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
          },
        },
        'f:restartPolicy': {},
      },
    },
  });
  expect((await api.call('PATCH', path, job, { headers: patchTypes.apply })).code).toBe(200);
});

test('YAML is taken as well', async () => {
  const raw =
    'apiVersion: example.test/v1\nkind: Thing\nmetadata:\n  name: yaml\nspec:\n  n: 4\n  list:\n    - name: a\n';
  const answer = await api.call('PATCH', `${thingsPath}/yaml?fieldManager=y`, undefined, {
    raw,
    headers: patchTypes.apply,
  });
  expect([answer.code, answer.body['spec']]).toEqual([201, { n: 4, list: [{ name: 'a' }], d: 'dd' }]);
});
