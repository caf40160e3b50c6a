import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { textAt } from './resources/resource.ts';
import { asTable, patchTypes, startTestServer } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import type { JsonObject } from './types.ts';

let api: TestServer;
const inDefault = '/api/v1/namespaces/default';
const jobs = '/apis/batch/v1/namespaces/default/jobs';

beforeAll(async () => {
  api = await startTestServer();
});

afterAll(async () => {
  expect(api.errors).toEqual([]);
  await api.stop();
});

const aPod = (name: string, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'a', image: 'busybox' }], ...spec },
});

const aJob = (name: string, spec: JsonObject = {}, pod: JsonObject = {}): JsonObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: {
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'busybox' }], ...pod } },
    ...spec,
  },
});

test('a job gets its defaults, its selector and its pods’ labels', async () => {
  const { code, body } = await api.call('POST', jobs, aJob('full'));
  const uid = textAt(body, 'metadata', 'uid');
  expect(code).toBe(201);
  expect(body['spec']).toMatchObject({
    backoffLimit: 6,
    completions: 1,
    parallelism: 1,
    completionMode: 'NonIndexed',
    suspend: false,
    selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
  });
  const template = body['spec']?.['template'];
  expect(template?.['metadata']?.['labels']).toEqual({
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': 'full',
    'controller-uid': uid,
    'job-name': 'full',
  });
  expect(template?.['spec']).toMatchObject({
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
  });
  expect(template?.['spec']?.['containers']?.[0]).toEqual({
    name: 'a',
    image: 'busybox',
    imagePullPolicy: 'Always',
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
});

test('a job’s template is immutable', async () => {
  await api.call('POST', jobs, aJob('fixed'));
  const changed = await api.call(
    'PATCH',
    `${jobs}/fixed`,
    { spec: { template: { spec: { containers: [{ name: 'a', image: 'other' }] } } } },
    { headers: patchTypes.strategic },
  );
  expect(changed.code).toBe(422);
  expect(textAt(changed.body, 'message')).toMatch(
    /^Job\.batch "fixed" is invalid: spec\.template: Invalid value: .*: field is immutable$/,
  );
  expect(
    (
      await api.call(
        'PATCH',
        `${jobs}/fixed`,
        { spec: { backoffLimit: 1 } },
        { headers: patchTypes.strategic },
      )
    ).code,
  ).toBe(200);
});

test.each<[string, string, JsonObject, number, RegExp]>([
  [
    'no containers',
    jobs,
    aJob('bad', {}, { containers: [] }),
    422,
    /^Job\.batch "bad" is invalid: spec\.template\.spec\.containers: Required value$/,
  ],
  [
    'restartPolicy',
    jobs,
    aJob('bad', {}, { restartPolicy: 'Always' }),
    422,
    /spec\.template\.spec\.restartPolicy: Required value: valid values: "OnFailure", "Never"$/,
  ],
  [
    'unknown volume',
    jobs,
    aJob(
      'bad',
      {},
      { containers: [{ name: 'a', image: 'x', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
    ),
    422,
    /volumeMounts\[0\]\.name: Not found: "v"$/,
  ],
  [
    'container name twice',
    jobs,
    aJob(
      'bad',
      {},
      {
        containers: [
          { name: 'a', image: 'x' },
          { name: 'a', image: 'x' },
        ],
      },
    ),
    422,
    /containers\[1\]\.name: Duplicate value: "a"$/,
  ],
  [
    'wrong type',
    jobs,
    aJob('bad', { backoffLimit: 'x' }),
    400,
    /cannot be handled as a Job: json: cannot unmarshal string into Go struct field/,
  ],
  [
    'unknown field',
    `${jobs}?fieldValidation=Strict`,
    aJob('bad', { bogus: 1 }),
    400,
    /strict decoding error: unknown field "spec\.bogus"$/,
  ],
  [
    'no base64',
    `${inDefault}/secrets`,
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: '!!' } },
    400,
    /illegal base64 data/,
  ],
  [
    'docker config',
    `${inDefault}/secrets`,
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, type: 'kubernetes.io/dockerconfigjson' },
    422,
    /data\[\.dockerconfigjson\]: Required value$/,
  ],
  [
    'data key',
    `${inDefault}/configmaps`,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 's' }, data: { 'a/b': 'c' } },
    422,
    /^ConfigMap "s" is invalid: data\[a\/b\]: Invalid value: "a\/b": a valid config key must consist of/,
  ],
  [
    'event elsewhere',
    `${inDefault}/events`,
    { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, involvedObject: { namespace: 'other' } },
    422,
    /does not match event\.namespace$/,
  ],
])('refused: %s', async (_what, path, body, code, message) => {
  const answer = await api.call('POST', path, body);
  expect(answer.code).toBe(code);
  expect(answer.body['message']).toMatch(message);
});

test('secrets: stringData is written into data, immutable ones stay', async () => {
  const path = `${inDefault}/secrets`;
  const made = await api.call('POST', path, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keep' },
    stringData: { a: 'x' },
    immutable: true,
  });
  expect([made.body['data'], made.body['type'], made.body['stringData']]).toEqual([
    { a: 'eA==' },
    'Opaque',
    undefined,
  ]);
  const changed = await api.call(
    'PATCH',
    `${path}/keep`,
    { stringData: { a: 'y' } },
    { headers: patchTypes.merge },
  );
  expect(changed.body['message']).toBe(
    'Secret "keep" is invalid: data: Forbidden: field is immutable when `immutable` is set',
  );
});

test('strategic patches merge lists by key', async () => {
  await api.call('POST', `${inDefault}/pods`, aPod('status'));
  const patch = (status: JsonObject) =>
    api.call('PATCH', `${inDefault}/pods/status/status`, { status }, { headers: patchTypes.strategic });
  await patch({
    phase: 'Running',
    conditions: [
      { type: 'Ready', status: 'False' },
      { type: 'Initialized', status: 'True' },
    ],
  });
  const { body } = await patch({ conditions: [{ type: 'Ready', status: 'True' }] });
  expect(body['status']?.['conditions']).toEqual([
    { type: 'Ready', status: 'True' },
    { type: 'Initialized', status: 'True' },
  ]);
});

test('a pod is bound once, ends with grace, and its node deletes it', async () => {
  const path = `${inDefault}/pods/bound`;
  await api.call('POST', `${inDefault}/pods`, aPod('bound', { terminationGracePeriodSeconds: 5 }));
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'bound' },
    target: { kind: 'Node', name: 'n1' },
  };
  expect((await api.call('POST', `${path}/binding`, binding)).code).toBe(201);
  const twice = await api.call('POST', `${path}/binding`, binding);
  expect([twice.code, twice.body['message']]).toEqual([
    409,
    'Operation cannot be fulfilled on pods "bound": pod bound is already assigned to node "n1"',
  ]);
  const list = await api.call('GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1,status.phase!%3DFailed');
  expect((list.body['items'] as unknown as unknown[]).length).toBe(1);
  const fixed = await api.call(
    'PATCH',
    path,
    { spec: { containers: [{ name: 'a', env: [{ name: 'A', value: 'b' }] }] } },
    { headers: patchTypes.strategic },
  );
  expect(fixed.body['message']).toContain('pod updates may not change fields other than');
  const ending = await api.call('DELETE', path);
  expect(ending.body['metadata']).toMatchObject({ deletionGracePeriodSeconds: 5 });
  await api.call('DELETE', path, { gracePeriodSeconds: 0 });
  expect((await api.call('GET', path)).code).toBe(404);
});

test('preconditions of a delete', async () => {
  await api.call('POST', `${inDefault}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'pre' },
  });
  const answer = await api.call('DELETE', `${inDefault}/configmaps/pre`, { preconditions: { uid: 'other' } });
  expect([answer.code, answer.body['reason']]).toEqual([409, 'Conflict']);
  const done = await api.call('DELETE', `${inDefault}/configmaps/pre`);
  expect([done.code, done.body['status'], done.body['details']?.['name']]).toEqual([200, 'Success', 'pre']);
});

test('deletecollection takes what the selector means', async () => {
  const path = `${inDefault}/configmaps`;
  for (const name of ['d1', 'd2', 'd3'])
    await api.call('POST', path, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, labels: { drop: name === 'd3' ? 'no' : 'yes' } },
    });
  const answer = await api.call('DELETE', `${path}?labelSelector=drop%20in%20(yes,maybe)`);
  expect((answer.body['items'] as unknown as unknown[]).length).toBe(2);
  expect((await api.call('GET', `${path}/d3`)).code).toBe(200);
});

test('one event, seen by both its groups', async () => {
  await api.call('POST', `${inDefault}/events`, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e1' },
    involvedObject: { kind: 'Job', name: 'j', namespace: 'default' },
    reason: 'R',
    message: 'M',
    type: 'Normal',
    count: 2,
  });
  const { body } = await api.call('GET', '/apis/events.k8s.io/v1/namespaces/default/events/e1');
  expect(body).toMatchObject({
    apiVersion: 'events.k8s.io/v1',
    note: 'M',
    regarding: { name: 'j' },
    deprecatedCount: 2,
  });
  await api.call('POST', '/apis/events.k8s.io/v1/namespaces/default/events', {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'e2' },
    eventTime: '2026-01-01T00:00:00.000000Z',
    regarding: { kind: 'Job', name: 'j', namespace: 'default' },
    note: 'N',
    reason: 'R',
    type: 'Normal',
  });
  const list = await api.call(
    'GET',
    `${inDefault}/events?fieldSelector=involvedObject.name%3Dj,type%3DNormal`,
  );
  expect((list.body['items'] as unknown as { message: string }[]).map((event) => event.message)).toEqual([
    'M',
    'N',
  ]);
});

test.each<[string, string, string[]]>([
  [
    'pods',
    `${inDefault}/pods`,
    ['Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP', 'Node', 'Nominated Node', 'Readiness Gates'],
  ],
  ['jobs', jobs, ['Name', 'Status', 'Completions', 'Duration', 'Age', 'Containers', 'Images', 'Selector']],
  ['secrets', `${inDefault}/secrets`, ['Name', 'Type', 'Data', 'Age']],
  [
    'events',
    `${inDefault}/events`,
    [
      'Last Seen',
      'Type',
      'Reason',
      'Object',
      'Subobject',
      'Source',
      'Message',
      'First Seen',
      'Count',
      'Name',
    ],
  ],
])('the columns of %s', async (_what, path, columns) => {
  const { body } = await api.call('GET', path, undefined, { headers: asTable });
  expect((body['columnDefinitions'] as unknown as { name: string }[]).map((column) => column.name)).toEqual(
    columns,
  );
});

test('logs come from the node’s own endpoint, with our certificate and the client’s options', async () => {
  const pair = api.server.issueServer('node');
  const seen: string[] = [];
  const kubelet = createServer(
    { cert: pair.cert, key: pair.key, ca: api.server.ca, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      seen.push(request.url ?? '');
      response.end('line one\nline two\n');
    },
  );
  await new Promise<void>((done) => kubelet.listen(0, '127.0.0.1', done));
  const { port } = kubelet.address() as AddressInfo;
  await api.call('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'here' },
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    },
  });
  await api.call('POST', `${inDefault}/pods`, aPod('logs', { nodeName: 'here' }));
  const answer = await api.call('GET', `${inDefault}/pods/logs/log?tailLines=5`);
  expect([answer.code, answer.text, answer.headers['content-type']]).toEqual([
    200,
    'line one\nline two\n',
    'text/plain',
  ]);
  expect(seen).toEqual(['/containerLogs/default/logs/a?tailLines=5']);
  const other = await api.call('GET', `${inDefault}/pods/logs/log?container=zz`);
  expect([other.code, other.body['message']]).toEqual([400, 'container zz is not valid for pod logs']);
  await new Promise((done) => kubelet.close(done));
  const dead = await api.call('GET', `${inDefault}/pods/logs/log`);
  expect([dead.code, dead.body['reason']]).toEqual([500, 'InternalError']);
});

test.each<[string, string, string, unknown, number]>([
  ['no such path', 'GET', '/apis/nope.io/v1/foos', undefined, 404],
  ['no such resource', 'GET', `${inDefault}/foos`, undefined, 404],
  ['no such method', 'POST', `${inDefault}/pods/x`, aPod('x'), 405],
  ['no such patch', 'PATCH', `${inDefault}/pods/x`, {}, 415],
  ['bad selector', 'GET', `${inDefault}/pods?labelSelector=a%20in`, undefined, 400],
  ['bad field', 'GET', `${inDefault}/pods?fieldSelector=spec.nope%3D1`, undefined, 400],
  ['a future revision', 'GET', `${inDefault}/pods?resourceVersion=99999999`, undefined, 504],
  ['a namespace that is not there', 'POST', '/api/v1/namespaces/nope/pods', aPod('x'), 404],
])('%s', async (_what, method, path, body, code) => {
  const answer = await api.call(method, path, body);
  expect([answer.code, answer.body['kind']]).toEqual([code, 'Status']);
});

test('bodies are bounded in size and depth', async () => {
  const large = await api
    .call('POST', `${inDefault}/configmaps`, undefined, { raw: Buffer.alloc(3 * 1024 * 1024 + 1, 0x20) })
    .catch((error: Error) => error);
  // The server may cut a client that goes on sending.
  expect(large instanceof Error || large.code === 413).toBe(true);
  const deep = await api.call('POST', `${inDefault}/configmaps`, undefined, { raw: '['.repeat(100_000) });
  expect([deep.code, deep.body['reason']]).toEqual([400, 'BadRequest']);
});
