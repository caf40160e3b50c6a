/** Whatever clients send, the server answers with a client error or a success, goes on, and stays consistent. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { equal } from './apply/compare.ts';
import { fromFieldsV1, toFieldsV1, union, difference } from './apply/field-set.ts';
import { fieldsOf } from './apply/compare.ts';
import { applyConfig } from './apply/managers.ts';
import { mergePatch } from './patch/merge-patch.ts';
import { strategicPatch } from './patch/strategic.ts';
import { builtinSchema } from './schema/builtin.ts';
import {
  aThing,
  definitionsPath,
  patchTypes,
  startTestServer,
  thingDefinition,
  thingsPath,
} from './test-server.ts';
import type { TestServer } from './test-server.ts';
import type { Json, JsonObject, Obj } from './types.ts';

let api: TestServer;

beforeAll(async () => {
  api = await startTestServer();
  await api.call('POST', definitionsPath, thingDefinition());
});

afterAll(async () => {
  expect(api.errors).toEqual([]);
  await api.stop();
});

const names = [
  'metadata',
  'spec',
  'status',
  'n',
  's',
  'list',
  'set',
  'free',
  'map',
  'name',
  'labels',
  'finalizers',
  'containers',
  'template',
  'data',
  'kind',
  'ownerReferences',
  'managedFields',
  '$patch',
  '$setElementOrder/list',
  '__proto__',
  'constructor',
  '',
];
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.constantFrom<Json>(
      null,
      true,
      0,
      1,
      -1,
      1.5,
      3,
      1e300,
      '',
      'a',
      'aa',
      'x y',
      'ü€',
      'delete',
      'replace',
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 5 }) as fc.Arbitrary<Json>,
  ),
})).value;

const pointer = fc
  .array(fc.constantFrom(...names, '0', '1', '-', '~0'), { maxLength: 4 })
  .map((parts) => parts.map((part) => `/${part.replaceAll('/', '~1')}`).join(''));
const jsonPatches = fc.array(
  fc.record({
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'odd'),
    path: pointer,
    from: pointer,
    value: json,
  }),
  { maxLength: 5 },
);

const paths = [
  thingsPath,
  '/api/v1/namespaces/default/pods',
  '/apis/batch/v1/namespaces/default/jobs',
  '/api/v1/namespaces/default/secrets',
  '/api/v1/namespaces/default/configmaps',
  '/api/v1/namespaces/default/events',
  '/api/v1/nodes',
  definitionsPath,
];
const kinds: Record<string, [string, string]> = {
  things: ['example.test/v1', 'Thing'],
  pods: ['v1', 'Pod'],
  jobs: ['batch/v1', 'Job'],
  secrets: ['v1', 'Secret'],
  configmaps: ['v1', 'ConfigMap'],
  events: ['v1', 'Event'],
  nodes: ['v1', 'Node'],
  customresourcedefinitions: ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
};
const rounds = { numRuns: 150 };

test('creating anything', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths),
      json,
      fc.constantFrom('Strict', 'Warn', 'Ignore'),
      async (path, value, validation) => {
        const [apiVersion, kind] = kinds[path.split('/').at(-1) ?? ''] ?? ['', ''];
        const body =
          typeof value === 'object' && value !== null && !Array.isArray(value)
            ? { ...value, apiVersion, kind }
            : value;
        const answer = await api.call('POST', `${path}?fieldValidation=${validation}&dryRun=All`, body);
        expect(answer.code, answer.text).toBeLessThan(500);
      },
    ),
    rounds,
  );
});

test.each(['merge', 'json', 'strategic', 'apply'] as const)('patching with anything: %s', async (type) => {
  await api.call('POST', thingsPath, aThing('fuzz', { n: 3, list: [{ name: 'a' }], free: { a: [1] } }));
  await api.call('POST', '/api/v1/namespaces/default/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'fuzz' },
    spec: { containers: [{ name: 'a', image: 'x', env: [{ name: 'A' }] }] },
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        `${thingsPath}/fuzz`,
        '/api/v1/namespaces/default/pods/fuzz',
        `${thingsPath}/fuzz/status`,
      ),
      type === 'json' ? jsonPatches : json,
      async (path, value) => {
        const [apiVersion, kind] = path.includes('pods') ? ['v1', 'Pod'] : ['example.test/v1', 'Thing'];
        const body =
          type === 'apply' && typeof value === 'object' && value !== null && !Array.isArray(value)
            ? { ...value, apiVersion, kind }
            : value;
        const answer = await api.call('PATCH', `${path}?fieldManager=fuzz&force=true`, body, {
          headers: patchTypes[type],
        });
        // An undeclared field in an applied configuration is a 500 with kube-apiserver too.
        if (answer.code >= 500) expect(answer.text).toContain('field not declared in schema');
        const after = await api.call('GET', path.replace(/\/status$/, ''));
        expect(after.body['metadata']?.['name']).toBe('fuzz');
      },
    ),
    rounds,
  );
});

test('bodies that are no JSON, no YAML and no protobuf', async () => {
  const types = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'text/plain'];
  const envelope = fc
    .uint8Array({ maxLength: 60 })
    .map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes]));
  const job = Buffer.concat([Buffer.from('6b3873000a0f0a0862617463682f763112034a6f6212', 'hex')]);
  const damaged = fc
    .uint8Array({ minLength: 1, maxLength: 80 })
    .map((bytes) => Buffer.concat([job, Buffer.from([bytes.length]), bytes]));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...types),
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
        envelope,
        damaged,
      ),
      async (type, raw) => {
        const answer = await api.call(
          'POST',
          '/apis/batch/v1/namespaces/default/jobs?dryRun=All',
          undefined,
          { raw, headers: { 'content-type': type } },
        );
        expect(answer.code, answer.text).toBeGreaterThanOrEqual(400);
        expect(answer.code, answer.text).toBeLessThan(500);
      },
    ),
    rounds,
  );
});

test('any path, selector and header', async () => {
  const part = fc.constantFrom(
    'api',
    'apis',
    'v1',
    'namespaces',
    'default',
    'pods',
    'status',
    'log',
    'openapi',
    'v3',
    'example.test',
    '..',
    '%2e',
    'a b',
    '%00',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { maxLength: 7 }),
      fc.string({ maxLength: 20 }),
      fc.string({ maxLength: 20 }),
      fc.constantFrom('GET', 'PUT', 'POST', 'OPTIONS'),
      async (parts, labels, fields, method) => {
        const path = `/${parts.map(encodeURI).join('/')}?labelSelector=${encodeURIComponent(labels)}&fieldSelector=${encodeURIComponent(fields)}&limit=2`;
        const answer = await api.call(method, path);
        expect(answer.code, `${method} ${path}`).toBeLessThan(500);
      },
    ),
    rounds,
  );
});

test('merge patches: applying one twice is applying it once', () => {
  fc.assert(
    fc.property(json, json, (target, patch) =>
      equal(mergePatch(mergePatch(target, patch), patch), mergePatch(target, patch)),
    ),
  );
});

test('strategic patches never change what they are applied to', () => {
  const schema = builtinSchema('core.Pod');
  fc.assert(
    fc.property(json, json, (target, patch) => {
      const before = JSON.stringify(target);
      try {
        strategicPatch(target, patch, schema);
      } catch {
        // Refused directives are fine.
      }
      return JSON.stringify(target) === before;
    }),
  );
});

test('field sets: writing and reading, union and difference', () => {
  const schema = builtinSchema('core.Pod');
  const sets = json.map((value) => fieldsOf(value, schema));
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      for (const set of [a, b]) set.member = false;
      expect(toFieldsV1(fromFieldsV1(toFieldsV1(a)))).toEqual(toFieldsV1(a));
      expect(toFieldsV1(difference(union(a, b), b))).toEqual(toFieldsV1(difference(a, b)));
    }),
  );
});

test('applying: what was applied is there, and applying it again changes nothing', () => {
  const schema = builtinSchema('core.ConfigMap');
  const data = fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'd'),
    fc.constantFrom('1', '2'),
  ) as fc.Arbitrary<JsonObject>;
  const config = (fields: JsonObject): Obj => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'x' },
    data: fields,
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('one', 'two'), data), { minLength: 1, maxLength: 6 }),
      (steps) => {
        let live: Obj | undefined;
        const current = new Map<string, JsonObject>();
        for (const [manager, fields] of steps) {
          const apply = (before: Obj | undefined) =>
            applyConfig(
              before,
              config(fields),
              schema,
              { manager, apiVersion: 'v1', time: 't' },
              { force: true, resets: [] },
            );
          const result = apply(live);
          live = {
            ...result.object,
            metadata: { ...result.object.metadata, managedFields: result.managedFields },
          };
          current.set(manager, fields);
          const again = apply(live);
          expect(again.object['data']).toEqual(live['data']);
          expect(again.managedFields).toEqual(live.metadata.managedFields);
          for (const [key, value] of Object.entries(fields))
            expect((live['data'] as JsonObject)[key]).toBe(value);
          const wanted = new Set([...current.values()].flatMap((one) => Object.keys(one)));
          expect(Object.keys(live['data'] ?? {}).every((key) => wanted.has(key))).toBe(true);
        }
      },
    ),
  );
});
