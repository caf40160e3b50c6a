import { afterAll, beforeAll, expect, test } from 'vitest';
import { textAt } from './resources/resource.ts';
import {
  aThing,
  asTable,
  definitionsPath,
  patchTypes,
  startTestServer,
  thingDefinition,
  thingsPath,
} from './test-server.ts';
import type { TestServer } from './test-server.ts';
import type { JsonObject } from './types.ts';

let api: TestServer;

beforeAll(async () => {
  api = await startTestServer();
  expect((await api.call('POST', definitionsPath, thingDefinition())).code).toBe(201);
});

afterAll(async () => {
  expect(api.errors).toEqual([]);
  await api.stop();
});

const wrongType = (field: string, wanted: string, found: string): string =>
  `${field}: Invalid value: "${found}": ${field} in body must be of type ${wanted}: "${found}"`;
const skipped =
  '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

test.each<[string, JsonObject, number, string]>([
  ['a required field', {}, 422, `Thing.example.test "x" is invalid: [spec.n: Required value, ${skipped}]`],
  [
    'null is absent',
    { n: null },
    422,
    `Thing.example.test "x" is invalid: [spec.n: Required value, ${skipped}]`,
  ],
  [
    'minimum',
    { n: 0 },
    422,
    'Thing.example.test "x" is invalid: spec.n: Invalid value: 0: spec.n in body should be greater than or equal to 1',
  ],
  [
    'maximum',
    { n: 11 },
    422,
    'Thing.example.test "x" is invalid: spec.n: Invalid value: 11: spec.n in body should be less than or equal to 10',
  ],
  [
    'type',
    { n: 'a' },
    422,
    `Thing.example.test "x" is invalid: [${wrongType('spec.n', 'integer', 'string')}, ${skipped}]`,
  ],
  [
    'no fraction',
    { n: 1.5 },
    422,
    `Thing.example.test "x" is invalid: [${wrongType('spec.n', 'integer', 'number')}, ${skipped}]`,
  ],
  [
    'minLength',
    { n: 3, s: 'a' },
    422,
    'Thing.example.test "x" is invalid: spec.s: Invalid value: "a": spec.s in body should be at least 2 chars long',
  ],
  [
    'pattern',
    { n: 3, s: 'bb' },
    422,
    `Thing.example.test "x" is invalid: spec.s: Invalid value: "bb": spec.s in body should match '^a'`,
  ],
  [
    'enum',
    { n: 3, e: 'Z' },
    422,
    `Thing.example.test "x" is invalid: [spec.e: Unsupported value: "Z": supported values: "X", "Y", ${skipped}]`,
  ],
  [
    'map values',
    { n: 3, map: { a: 1 } },
    422,
    `Thing.example.test "x" is invalid: [${wrongType('spec.map.a', 'string', 'integer')}, ${skipped}]`,
  ],
  [
    'date-time',
    { n: 3, when: 'nope' },
    422,
    `Thing.example.test "x" is invalid: [spec.when: Invalid value: "nope": spec.when in body must be of type date-time: "nope", ${skipped}]`,
  ],
  [
    'list keys',
    { n: 3, list: [{ name: 'a' }, { name: 'a' }] },
    422,
    'Thing.example.test "x" is invalid: spec.list[1]: Duplicate value: {"name":"a"}',
  ],
  [
    'set values',
    { n: 3, set: ['a', 'a'] },
    422,
    'Thing.example.test "x" is invalid: spec.set[1]: Duplicate value: "a"',
  ],
  [
    'a rule between fields',
    { n: 1, s: 'aa' },
    422,
    'Thing.example.test "x" is invalid: spec: Invalid value: n must be over 2 with s',
  ],
])('refuses by name: %s', async (_what, spec, code, message) => {
  const answer = await api.call('POST', thingsPath, aThing('x', spec));
  expect([answer.code, answer.body['message']]).toEqual([code, message]);
  expect(answer.body['reason']).toBe('Invalid');
  expect(answer.body['details']?.['kind']).toBe('Thing');
});

test.each<[string, JsonObject, number, string]>([
  [
    'missing kind',
    { metadata: { name: 'x' } },
    400,
    'the object provided is unrecognized (must be of type Thing): Object',
  ],
  [
    'other kind',
    { ...aThing('x'), kind: 'Other' },
    422,
    'Other.example.test "x" is invalid: kind: Invalid value: "Other": must be Thing',
  ],
  [
    'other version',
    { ...aThing('x'), apiVersion: 'v1' },
    400,
    'the API version in the data (v1) does not match the expected API version (example.test/v1)',
  ],
  [
    'other namespace',
    { ...aThing('x'), metadata: { name: 'x', namespace: 'other' } },
    400,
    'the namespace of the provided object does not match the namespace sent on the request',
  ],
  [
    'bad name',
    aThing('X_'),
    422,
    'Thing.example.test "X_" is invalid: metadata.name: Invalid value: "X_": a lowercase RFC 1123 subdomain must consist of',
  ],
  [
    'no name',
    { ...aThing('x'), metadata: {} },
    422,
    'Thing.example.test "" is invalid: metadata.name: Required value: name or generateName is required',
  ],
  [
    'label type',
    { ...aThing('x'), metadata: { name: 'x', labels: { a: 5 } } },
    400,
    'Thing in version "v1" cannot be handled as a Thing: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
  ],
  [
    'label value',
    { ...aThing('x'), metadata: { name: 'x', labels: { a: 'b c' } } },
    422,
    'Thing.example.test "x" is invalid: metadata.labels: Invalid value: "b c": a valid label must be',
  ],
])('refuses what is no object of the kind: %s', async (_what, body, code, message) => {
  const answer = await api.call('POST', thingsPath, body);
  expect(answer.code).toBe(code);
  expect(textAt(answer.body, 'message').slice(0, message.length)).toBe(message);
});

test('unknown and doubled fields: refused, warned of or dropped, as fieldValidation says', async () => {
  const odd = aThing('odd', { n: 3, foo: 1, list: [{ name: 'a', bar: 2 }] });
  const strict = await api.call('POST', `${thingsPath}?fieldValidation=Strict`, odd);
  const problems = 'unknown field "spec.foo", unknown field "spec.list[0].bar"';
  expect([strict.code, strict.body['message']]).toEqual([
    400,
    `Thing in version "v1" cannot be handled as a Thing: strict decoding error: ${problems}`,
  ]);
  const raw = JSON.stringify(aThing('odd')).replace('"n":3', '"n":3,"n":4');
  const doubled = await api.call('POST', `${thingsPath}?fieldValidation=Strict`, undefined, { raw });
  expect(doubled.body['message']).toBe(
    'Thing in version "v1" cannot be handled as a Thing: strict decoding error: duplicate field "spec.n"',
  );
  const warned = await api.call('POST', `${thingsPath}?fieldValidation=Warn&dryRun=All`, odd);
  expect(warned.code).toBe(201);
  expect(warned.headers['warning']).toBe(
    '299 - "unknown field \\"spec.foo\\"", 299 - "unknown field \\"spec.list[0].bar\\""',
  );
  expect(warned.body['spec']).toEqual({ n: 3, d: 'dd', list: [{ name: 'a' }] });
  expect((await api.call('GET', `${thingsPath}/odd`)).code).toBe(404);
});

test('metadata is the server’s; generation counts spec, and status is written apart', async () => {
  const made = await api.call(
    'POST',
    thingsPath,
    aThing('meta', { n: 3, nul: null, free: { deep: [null] } }, { status: { ok: true } }),
  );
  expect(made.code).toBe(201);
  expect(made.body['status']).toBeUndefined();
  expect(made.body['spec']).toEqual({ n: 3, nul: null, free: { deep: [null] }, d: 'dd' });
  expect(made.body['metadata']).toMatchObject({ generation: 1, namespace: 'default' });
  const path = `${thingsPath}/meta`;
  const status = await api.call(
    'PATCH',
    `${path}/status`,
    { status: { ok: true }, spec: { n: 9 } },
    { headers: patchTypes.merge },
  );
  expect([
    status.body['metadata']?.['generation'],
    status.body['spec']?.['n'],
    status.body['status'],
  ]).toEqual([1, 3, { ok: true }]);
  const spec = await api.call(
    'PATCH',
    path,
    { status: { ok: false }, spec: { n: 4 } },
    { headers: patchTypes.merge },
  );
  expect([spec.body['metadata']?.['generation'], spec.body['spec']?.['n'], spec.body['status']]).toEqual([
    2,
    4,
    { ok: true },
  ]);
  const same = await api.call('PATCH', path, { spec: { n: 4 } }, { headers: patchTypes.merge });
  expect(same.body['metadata']?.['resourceVersion']).toBe(spec.body['metadata']?.['resourceVersion']);
  const labels = await api.call(
    'PATCH',
    path,
    { metadata: { labels: { a: 'b' }, uid: null, creationTimestamp: null } },
    { headers: patchTypes.json },
  );
  expect(labels.code).toBe(400);
});

test('updates are locked: by revision, by uid, and never blind for custom kinds', async () => {
  const made = await api.call('POST', thingsPath, aThing('lock'));
  const path = `${thingsPath}/lock`;
  const blind = await api.call('PUT', path, aThing('lock', { n: 4 }));
  expect([blind.code, blind.body['message']]).toEqual([
    422,
    'things.example.test "lock" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  ]);
  const first = { ...(made.body as unknown as JsonObject), spec: { n: 5 } };
  expect((await api.call('PUT', path, first)).code).toBe(200);
  const second = await api.call('PUT', path, first);
  expect([second.code, second.body['reason'], second.body['message']]).toEqual([
    409,
    'Conflict',
    'Operation cannot be fulfilled on things.example.test "lock": the object has been modified; please apply your changes to the latest version and try again',
  ]);
  const other = await api.call('PATCH', path, { metadata: { uid: 'other' } }, { headers: patchTypes.merge });
  expect(other.body['message']).toBe(
    'Thing.example.test "lock" is invalid: metadata.uid: Invalid value: "other": field is immutable',
  );
  const exists = await api.call('POST', thingsPath, aThing('lock'));
  expect([exists.code, exists.body['message']]).toEqual([409, 'things.example.test "lock" already exists']);
});

test('transition rules compare with the state before', async () => {
  await api.call('POST', thingsPath, aThing('imm', { n: 3, imm: 'a' }));
  const answer = await api.call(
    'PATCH',
    `${thingsPath}/imm`,
    { spec: { imm: 'b' } },
    { headers: patchTypes.merge },
  );
  expect(answer.body['message']).toBe(
    'Thing.example.test "imm" is invalid: spec.imm: Invalid value: "b": imm is immutable',
  );
});

test('generateName, and many at once', async () => {
  const made = await Promise.all(
    Array.from({ length: 20 }, () =>
      api.call('POST', thingsPath, { ...aThing(''), metadata: { generateName: 'gen-' } }),
    ),
  );
  expect(new Set(made.map((answer) => answer.body['metadata']?.['name'])).size).toBe(20);
});

test('every version serves the same object; the deprecated one warns', async () => {
  await api.call('POST', thingsPath, aThing('ver'));
  const old = await api.call('GET', `${thingsPath.replace('/v1/', '/v1alpha1/')}/ver`);
  expect(old.body['apiVersion']).toBe('example.test/v1alpha1');
  expect(old.headers['warning']).toBe('299 - "example.test/v1alpha1 Thing is old"');
  const list = await api.call(
    'GET',
    `${thingsPath.replace('/v1/', '/v1alpha1/')}?fieldSelector=metadata.name%3Dver`,
  );
  expect(list.body['items']?.[0]?.['apiVersion']).toBe('example.test/v1alpha1');
});

test('tables show the columns of the definition', async () => {
  await api.call('POST', thingsPath, aThing('tab', { n: 7, list: [{ name: 'one' }, { name: 'two' }] }));
  await api.call(
    'PATCH',
    `${thingsPath}/tab/status`,
    { status: { parts: { a: { url: 'u' } } } },
    { headers: patchTypes.merge },
  );
  const { body } = await api.call('GET', `${thingsPath}/tab`, undefined, { headers: asTable });
  expect(body['kind']).toBe('Table');
  expect(body['rows']?.[0]?.['cells']).toEqual(['tab', 7, 'one', null, 'u']);
});

test('a definition that cannot be served is refused with every reason', async () => {
  const bad = thingDefinition();
  const spec = bad['spec'] as JsonObject;
  const answer = await api.call('POST', definitionsPath, {
    ...bad,
    metadata: { name: 'wrong.example.test' },
    spec: {
      ...spec,
      versions: [
        {
          name: 'v1',
          served: true,
          storage: false,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { a: {}, b: { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.(' }] } },
            },
          },
        },
      ],
    },
  });
  expect(answer.code).toBe(422);
  expect(textAt(answer.body, 'message')).toContain('must have exactly one version marked as storage version');
  expect(textAt(answer.body, 'message')).toContain(
    'properties[a].type: Required value: must not be empty for specified object fields',
  );
  expect(textAt(answer.body, 'message')).toContain('must be spec.names.plural+"."+spec.group');
});

test('without a client certificate only health and version answer', async () => {
  const anonymous = await startTestServer();
  const { Agent, request } = await import('node:https');
  const agent = new Agent({ ca: anonymous.server.ca });
  const code = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      request(`${anonymous.server.url}${path}`, { agent }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
  expect(
    await Promise.all(
      ['/healthz', '/readyz', '/version', '/api', '/openapi/v2', '/api/v1/secrets'].map(code),
    ),
  ).toEqual([200, 200, 200, 401, 401, 401]);
  await anonymous.stop();
});

test('a rule whose loops would take for ever is refused, not run', async () => {
  const definition = thingDefinition();
  const items = { type: 'array', items: { type: 'integer' } };
  const rule = 'self.all(x, self.all(y, self.all(z, x != y || y != z)))';
  const spec = {
    type: 'object',
    properties: { items: { ...items, 'x-kubernetes-validations': [{ rule }] } },
  };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
  };
  const names = { plural: 'loops', kind: 'Loop' };
  await api.call('POST', definitionsPath, {
    ...definition,
    metadata: { name: 'loops.example.test' },
    spec: { group: 'example.test', scope: 'Namespaced', names, versions: [version] },
  });
  const loop = (count: number) => ({
    apiVersion: 'example.test/v1',
    kind: 'Loop',
    metadata: { generateName: 'l-' },
    spec: { items: Array.from({ length: count }, (_, i) => i) },
  });
  const path = '/apis/example.test/v1/namespaces/default/loops';
  const small = await api.call('POST', path, loop(5));
  expect(small.body['message']).toMatch(/spec\.items: Invalid value: failed rule: self\.all/);
  const large = await api.call('POST', path, loop(5000));
  expect(large.body['message']).toMatch(/spec\.items: Invalid value: too large for the rule: self\.all/);
});
