/**
 * OpenAPI documents: one a group and version in v3, and everything in v2. kubectl reads from them which kinds there
 * are, their fields (`explain`), and which requests know `fieldValidation`.
 */
import { createHash } from 'node:crypto';
import type { Registry } from '../resources/registry.ts';
import type { Resource, Version } from '../resources/resource.ts';
import type { Schema } from '../schema/schema.ts';
import { builtinSchema } from '../schema/builtin.ts';
import { isObject } from '../schema/unknown.ts';
import type { Json, JsonObject } from '../types.ts';

interface Dialect {
  readonly refPrefix: string;
  readonly v3: boolean;
}

const v3: Dialect = { refPrefix: '#/components/schemas/', v3: true };
const v2: Dialect = { refPrefix: '#/definitions/', v3: false };

/** Publishes `schema`, whose named parts go into `into` once and are referred to. */
function publish(schema: Schema, dialect: Dialect, into: JsonObject): JsonObject {
  const { name } = schema;
  if (name === undefined) return inline(schema, dialect, into);
  if (into[name] === undefined) {
    into[name] = {};
    into[name] = inline(schema, dialect, into);
  }
  const siblings = Object.fromEntries(
    Object.entries(schema).filter(([key]) => key === 'description' || key.startsWith('x-kubernetes-patch')),
  );
  const ref = dialect.refPrefix + name;
  // In OpenAPI v3 nothing may stand beside $ref.
  return dialect.v3 ? { ...siblings, allOf: [{ $ref: ref }] } : { ...siblings, $ref: ref };
}

const dropped = new Set(['name', 'x-kubernetes-int-or-string']);
/** Keywords that v2 does not have. */
const v3Only = new Set(['nullable', 'oneOf', 'anyOf', 'not', 'allOf']);

function inline(schema: Schema, dialect: Dialect, into: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(schema) as [string, Json][]) {
    if (dropped.has(key) || (!dialect.v3 && v3Only.has(key))) continue;
    result[key] = value;
  }
  if (schema['x-kubernetes-int-or-string'] === true) {
    delete result['format'];
    if (dialect.v3) result['oneOf'] = [{ type: 'integer' }, { type: 'string' }];
    else Object.assign(result, { type: 'string', format: 'int-or-string' });
  }
  // What keeps unknown fields has no fields to name in v2: kubectl would take those it names for all.
  if (!dialect.v3 && schema['x-kubernetes-preserve-unknown-fields'] === true) {
    delete result['properties'];
    return result;
  }
  if (schema.properties)
    result['properties'] = Object.fromEntries(
      Object.entries(schema.properties).map(([field, child]) => [field, publish(child, dialect, into)]),
    );
  if (schema.items) result['items'] = publish(schema.items, dialect, into);
  if (isObject(schema.additionalProperties as Json))
    result['additionalProperties'] = publish(schema.additionalProperties as Schema, dialect, into);
  return result;
}

interface Served {
  readonly resource: Resource;
  readonly version: Version;
}

const gvk = ({ resource, version }: Served): JsonObject => ({
  group: resource.group,
  version: version.name,
  kind: resource.kind,
});

const parameter = (name: string, dialect: Dialect): JsonObject => ({
  name,
  in: 'query',
  ...(dialect.v3 ? { schema: { type: 'string', uniqueItems: true } } : { type: 'string', uniqueItems: true }),
});

function operation(served: Served, verb: string, dialect: Dialect, ref: JsonObject): JsonObject {
  const writes = ['post', 'put', 'patch'].includes(verb);
  const names = [
    ...(writes ? ['dryRun', 'fieldManager', 'fieldValidation'] : []),
    ...(verb === 'delete' ? ['dryRun'] : []),
  ];
  const actions: Record<string, string> = {
    get: 'list',
    post: 'post',
    put: 'put',
    patch: 'patch',
    delete: 'delete',
  };
  return {
    'x-kubernetes-action': actions[verb] ?? verb,
    'x-kubernetes-group-version-kind': gvk(served),
    parameters: names.map((name) => parameter(name, dialect)),
    responses: {
      '200': dialect.v3
        ? { description: 'OK', content: { 'application/json': { schema: ref } } }
        : { description: 'OK', schema: ref },
    },
  };
}

function paths(served: Served, dialect: Dialect): JsonObject {
  const { resource, version } = served;
  const root = resource.group ? `/apis/${resource.group}/${version.name}` : `/api/${version.name}`;
  const base = `${root}${resource.namespaced ? '/namespaces/{namespace}' : ''}/${resource.plural}`;
  const ref = { $ref: dialect.refPrefix + version.schemaName };
  const make = (verbs: readonly string[]): JsonObject =>
    Object.fromEntries(verbs.map((verb) => [verb, operation(served, verb, dialect, ref)]));
  if (resource.verbs.length === 1) return { [base]: make(['post']) };
  return {
    [base]: make(['get', 'post', 'delete']),
    [`${base}/{name}`]: make(['get', 'put', 'patch', 'delete']),
    ...(version.hasStatus && { [`${base}/{name}/status`]: make(['get', 'put', 'patch']) }),
  };
}

function document(served: readonly Served[], dialect: Dialect): { schemas: JsonObject; paths: JsonObject } {
  const schemas: JsonObject = {};
  const all: JsonObject = {};
  for (const item of served) {
    publish({ ...item.version.schema, name: item.version.schemaName }, dialect, schemas);
    const own = schemas[item.version.schemaName];
    if (isObject(own)) {
      own['x-kubernetes-group-version-kind'] = [gvk(item)];
      schemas[`${item.version.schemaName}List`] = listSchema(item, dialect, schemas);
    }
    Object.assign(all, paths(item, dialect));
  }
  addDeleteOptions(served, dialect, schemas);
  return { schemas, paths: all };
}

function listSchema(served: Served, dialect: Dialect, schemas: JsonObject): JsonObject {
  const { resource, version } = served;
  void schemas;
  return {
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      items: { type: 'array', items: { $ref: dialect.refPrefix + version.schemaName } },
    },
    'x-kubernetes-group-version-kind': [{ ...gvk(served), kind: resource.listKind }],
  };
}

function addDeleteOptions(served: readonly Served[], dialect: Dialect, schemas: JsonObject): void {
  const options = builtinSchema('meta.DeleteOptions');
  publish(options, dialect, schemas);
  const own = schemas[options.name ?? ''];
  if (!isObject(own)) return;
  const versions = new Map(served.map((item) => [`${item.resource.group}/${item.version.name}`, item]));
  own['x-kubernetes-group-version-kind'] = [...versions.values()].map((item) => ({
    ...gvk(item),
    kind: 'DeleteOptions',
  }));
}

/** Documents, made when asked for and kept until a definition changes. */
export class OpenApi {
  readonly #registry: Registry;
  readonly #texts = new Map<string, string>();
  #changed = -1;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  #cached(key: string, make: () => object): string {
    if (this.#changed !== this.#registry.changed) {
      this.#texts.clear();
      this.#changed = this.#registry.changed;
    }
    const found = this.#texts.get(key);
    if (found !== undefined) return found;
    const made = JSON.stringify(make());
    this.#texts.set(key, made);
    return made;
  }

  #served(group?: string, version?: string): Served[] {
    return this.#registry
      .all()
      .filter((resource) => group === undefined || resource.group === group)
      .flatMap((resource) =>
        resource.versions
          .filter((item) => version === undefined || item.name === version)
          .map((item) => ({ resource, version: item })),
      );
  }

  /** `/openapi/v3`: where each document is; the hash in its address makes it cacheable for ever. */
  index(): string {
    return this.#cached('index', () => {
      const keys = new Set(
        this.#served().map(({ resource, version }) =>
          resource.group ? `apis/${resource.group}/${version.name}` : `api/${version.name}`,
        ),
      );
      const entries = [...keys].toSorted().map((key) => {
        const [, ...parts] = key.split('/');
        const group = key.startsWith('apis/') ? (parts[0] ?? '') : '';
        const text = this.v3(group, parts.at(-1) ?? '') ?? '';
        return [key, { serverRelativeURL: `/openapi/v3/${key}?hash=${hashOf(text)}` }] as const;
      });
      return { paths: Object.fromEntries(entries) };
    });
  }

  /** One group and version; undefined when nothing is served there. */
  v3(group: string, version: string): string | undefined {
    const served = this.#served(group, version);
    if (served.length === 0) return undefined;
    return this.#cached(`v3/${group}/${version}`, () => {
      const made = document(served, v3);
      return {
        openapi: '3.0.0',
        info: { title: 'Kubernetes', version: 'v1.36.0' },
        paths: made.paths,
        components: { schemas: made.schemas },
      };
    });
  }

  /** Everything in one, for older clients. */
  v2(): string {
    return this.#cached('v2', () => {
      const made = document(this.#served(), v2);
      return {
        swagger: '2.0',
        info: { title: 'Kubernetes', version: 'v1.36.0' },
        paths: made.paths,
        definitions: made.schemas,
      };
    });
  }
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40).toUpperCase();
}

/** `{swagger: "2.0", info: {title: "Kubernetes", version: "v1.36.0"}, paths: {}}` as gnostic's protobuf Document. */
export const emptyOpenApiV2: Uint8Array = (() => {
  const text = (number: number, value: string): number[] => [
    number * 8 + 2,
    value.length,
    ...Buffer.from(value),
  ];
  const info = [...text(1, 'Kubernetes'), ...text(2, 'v1.36.0')];
  return Uint8Array.from([...text(1, '2.0'), 2 * 8 + 2, info.length, ...info, 8 * 8 + 2, 0]);
})();
