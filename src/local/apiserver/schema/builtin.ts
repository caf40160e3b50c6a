/** The built-in types: schemas and protobuf numbers, both read from the generated table when they are first asked for. */
import { builtinTable } from './builtin-table.ts';
import type { Schema } from './schema.ts';
import type { Json, JsonObject } from '../types.ts';

/** How a field stands in protobuf. `inline` fields are messages of their own there, and part of their parent in JSON. */
export interface WireField {
  readonly name: string;
  readonly number: number;
  /** As the table spells it: `string`, `[]core.Container`, `{}quantity`, … */
  readonly type: string;
  readonly inline: boolean;
  /** Whether a zero value means something; where it does not, it is the same as absent. */
  readonly zeroCounts: boolean;
}

interface Row {
  readonly atomic: boolean;
  readonly fields: readonly (WireField & { required: boolean; flags: readonly string[] })[];
}

const rows = new Map<string, string>();
for (const line of builtinTable.trim().split('\n')) {
  const space = line.indexOf(' ');
  const head = space < 0 ? line : line.slice(0, space);
  const [name = '', atomic] = head.split(':');
  rows.set(name, `${atomic ?? ''} ${space < 0 ? '' : line.slice(space + 1)}`);
}

const parsed = new Map<string, Row>();

function rowOf(type: string): Row | undefined {
  const found = parsed.get(type);
  if (found) return found;
  const text = rows.get(type);
  if (text === undefined) return undefined;
  const [atomic, ...fields] = text.split(' ');
  const row: Row = {
    atomic: atomic === 'atomic',
    fields: fields
      .filter((field) => field !== '')
      .map((field) => {
        const [name = '', number = '', type = '', ...flags] = field.split(':');
        return {
          name: name.replace(/!$/, ''),
          required: name.endsWith('!'),
          number: Number(number),
          type,
          inline: name === '*',
          zeroCounts: name.endsWith('!') || flags.includes('ptr'),
          flags,
        };
      }),
  };
  parsed.set(type, row);
  return row;
}

/** Protobuf fields of a built-in type (`core.Pod`), by number; undefined for a type that the table does not have. */
export function wireFields(type: string): ReadonlyMap<number, WireField> | undefined {
  const row = rowOf(type);
  return row && new Map(row.fields.filter((field) => field.number > 0).map((field) => [field.number, field]));
}

const scalars: Record<string, Schema> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  quantity: {
    name: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
    'x-kubernetes-int-or-string': true,
    format: 'quantity',
  },
  intstr: {
    name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    'x-kubernetes-int-or-string': true,
    format: 'int-or-string',
  },
  time: {
    name: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
    type: 'string',
    format: 'date-time',
    nullable: true,
  },
  microtime: {
    name: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
    type: 'string',
    format: 'date-time',
    nullable: true,
  },
  duration: { type: 'string' },
  fields: {
    name: 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1',
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  },
  raw: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
};

const packages: Record<string, string> = {
  core: 'io.k8s.api.core.v1',
  batch: 'io.k8s.api.batch.v1',
  coordination: 'io.k8s.api.coordination.v1',
  events: 'io.k8s.api.events.v1',
  authorization: 'io.k8s.api.authorization.v1',
  authentication: 'io.k8s.api.authentication.v1',
  policy: 'io.k8s.api.policy.v1',
  meta: 'io.k8s.apimachinery.pkg.apis.meta.v1',
  apiextensions: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
};

const schemas = new Map<string, Schema>();

/** The types named at the top level of a request; they carry apiVersion and kind. */
const topLevel =
  /^(?:\w+)\.(?:Namespace|Node|Pod|Event|Secret|ConfigMap|ServiceAccount|Binding|Job|Lease|SelfSubject\w+Review|SelfSubjectReview|TokenRequest|Eviction|DeleteOptions|CustomResourceDefinition)$/;

/** The schema of a built-in type (`core.Pod`). The same type is the same object each time. */
export function builtinSchema(type: string): Schema {
  const scalar = scalars[type];
  if (scalar) return scalar;
  if (type.startsWith('[]')) return { type: 'array', items: builtinSchema(type.slice(2)) };
  if (type.startsWith('{}')) return { type: 'object', additionalProperties: builtinSchema(type.slice(2)) };
  const found = schemas.get(type);
  if (found) return found;
  const row = rowOf(type);
  if (!row) throw new Error(`no built-in type ${type}`);
  const properties: Record<string, Schema> = {};
  const required: string[] = [];
  if (topLevel.test(type)) {
    properties['apiVersion'] = { type: 'string' };
    properties['kind'] = { type: 'string' };
  }
  for (const field of row.fields) {
    if (field.inline) {
      const inner = builtinSchema(field.type);
      Object.assign(properties, inner.properties);
      required.push(...(inner.required ?? []));
      continue;
    }
    properties[field.name] = { ...builtinSchema(field.type), ...listFlags(field.type, field.flags) };
    if (field.required) required.push(field.name);
  }
  const [pkg = '', bare = ''] = type.split('.');
  const schema: Schema = {
    name: `${packages[pkg]}.${bare}`,
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    ...(row.atomic && { 'x-kubernetes-map-type': 'atomic' }),
  };
  schemas.set(type, schema);
  return schema;
}

/**
 * What Go's zero value of a type is as JSON: structs that are no pointers are there, and so are required fields. An
 * object is compared with it when it is created, so that whoever sets `spec.x` does not thereby own `spec`.
 */
export function builtinZero(type: string): JsonObject {
  const result: JsonObject = {};
  for (const field of rowOf(type)?.fields ?? []) {
    const struct = rows.has(field.type);
    if (field.inline) Object.assign(result, builtinZero(field.type));
    else if (struct && !field.flags.includes('ptr')) result[field.name] = builtinZero(field.type);
    else if (field.required && !struct) result[field.name] = zeroes[field.type] ?? null;
  }
  return result;
}

const zeroes: Record<string, Json> = { string: '', bool: false, int32: 0, int64: 0 };

function listFlags(type: string, flags: readonly string[]): Partial<Schema> {
  const strategies = flags.filter((flag) => flag === 'merge' || flag === 'retainKeys');
  const mergeKey = flags.map((flag) => /^by\((.+)\)$/.exec(flag)?.[1]).find(Boolean);
  const keys = flags.map((flag) => /^map\((.+)\)$/.exec(flag)?.[1]).find(Boolean);
  const list = type.startsWith('[]');
  return {
    ...(keys && { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys.split('|') }),
    ...(list && flags.includes('set') && { 'x-kubernetes-list-type': 'set' }),
    ...(list && flags.includes('atomic') && { 'x-kubernetes-list-type': 'atomic' }),
    ...(!list && flags.includes('atomic') && { 'x-kubernetes-map-type': 'atomic' }),
    ...(strategies.length > 0 && { 'x-kubernetes-patch-strategy': strategies.join(',') }),
    ...(mergeKey && { 'x-kubernetes-patch-merge-key': mergeKey }),
  };
}
