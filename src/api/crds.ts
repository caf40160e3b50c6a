/** CustomResourceDefinitions, generated from the kinds: the only place that knows their wire shape. */
import { z } from 'zod';
import { deprecatedVersion, group, kinds, version } from './kinds.ts';
import type { Kind } from './kinds.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A CustomResourceDefinition, as `kubectl apply` takes it. */
export interface Crd {
  apiVersion: 'apiextensions.k8s.io/v1';
  kind: 'CustomResourceDefinition';
  metadata: { name: string; labels?: Record<string, string> };
  spec: Record<string, Json>;
}

/**
 * A zod schema as a structural schema (Kubernetes, "Specifying a structural schema"). `additionalProperties: false`
 * goes, since a structural schema refuses unknown fields by pruning and by `fieldValidation=Strict`.
 */
export function structuralSchema(schema: z.ZodType): Json {
  const plain = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'throw' });
  return structural(plain as Json);
}

function structural(node: Json): Json {
  if (Array.isArray(node)) return node.map(structural);
  if (node === null || typeof node !== 'object') return node;
  const result: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === 'additionalProperties' && (value === false || isEmpty(value))) continue;
    if (key === 'pattern' && node['format'] === 'date-time') continue;
    if (key === 'propertyNames' || key === '$schema') continue;
    // JavaScript's bound for exact integers says nothing about the field.
    if (key === 'maximum' && value === Number.MAX_SAFE_INTEGER) continue;
    result[key] = structural(value);
  }
  if (result['type'] === 'integer')
    result['format'] = typeof result['maximum'] === 'number' ? 'int32' : 'int64';
  return result;
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

const meta = {
  apiVersion: {
    type: 'string',
    description: 'The version of the schema of this object, as group/version.',
  },
  kind: { type: 'string', description: 'The kind of this object.' },
  metadata: { type: 'object' },
} as const;

function versionOf(kind: Kind, name: string): Json {
  return {
    name,
    served: true,
    storage: name === version,
    ...(name === deprecatedVersion && {
      deprecated: true,
      deprecationWarning: `${group}/${deprecatedVersion} ${kind.kind} is deprecated; use ${group}/${version}`,
    }),
    schema: {
      openAPIV3Schema: {
        type: 'object',
        description: kind.description,
        required: ['spec'],
        properties: {
          ...meta,
          spec: structuralSchema(kind.spec),
          ...(kind.status && { status: structuralSchema(kind.status) }),
        },
      },
    },
    additionalPrinterColumns: kind.columns.map(([name, type, jsonPath]) => ({ name, type, jsonPath })),
    ...(kind.status && { subresources: { status: {} } }),
  };
}

/** The definition of one kind, both versions. */
export function crdOf(kind: Kind): Crd {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${group}`, labels: { 'app.kubernetes.io/part-of': 'scan-link' } },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        categories: [...kind.categories],
      },
      versions: [versionOf(kind, version), versionOf(kind, deprecatedVersion)],
    },
  };
}

/** All four. */
export function crds(): Crd[] {
  return kinds.map(crdOf);
}
