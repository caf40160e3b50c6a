/** CustomResourceDefinitions: what they must hold, what the server adds, and the resource they become. */
import { messageOf } from '../../../lib/errors.ts';
import type { Cause } from '../api-error.ts';
import { invalidValue, required } from '../schema/causes.ts';
import { builtinSchema } from '../schema/builtin.ts';
import { checkRules } from '../schema/rules.ts';
import type { Schema } from '../schema/schema.ts';
import { customPrinter } from '../table/custom.ts';
import type { Json, JsonObject, Obj } from '../types.ts';
import { isDnsLabel, isDnsSubdomain, labelMessage, subdomainMessage } from './names.ts';
import { allVerbs, at, listAt, objectAt, textAt } from './resource.ts';
import type { Resource, Strategy, Version } from './resource.ts';
import { isObject } from '../schema/unknown.ts';

const maxDepth = 60;

/** Conditions that the definition is served, set at once: there is no other server to agree with. */
function establish(definition: Obj, time: string): void {
  const condition = (type: string, reason: string, message: string): JsonObject => ({
    lastTransitionTime: time,
    message,
    reason,
    status: 'True',
    type,
  });
  const status = objectAt(definition, 'status') ?? {};
  const stored = listAt(status, 'storedVersions');
  const storage = listAt(definition, 'spec', 'versions').find((version) => at(version, 'storage') === true);
  const storedName = textAt(storage, 'name');
  definition['status'] = {
    ...status,
    acceptedNames: objectAt(definition, 'spec', 'names') ?? {},
    conditions:
      listAt(status, 'conditions').length > 0
        ? listAt(status, 'conditions')
        : [
            condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
            condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
          ],
    storedVersions: stored.includes(storedName) ? stored : [...stored, storedName],
  };
}

export const definitionStrategy: Strategy = {
  defaults(definition) {
    const spec = objectAt(definition, 'spec');
    const names = objectAt(spec, 'names');
    if (!spec || !names) return;
    const kind = textAt(names, 'kind');
    names['singular'] ||= kind.toLowerCase();
    names['listKind'] ||= `${kind}List`;
    spec['conversion'] ??= { strategy: 'None' };
  },
  prepare(definition, old) {
    if (old) definition['status'] = objectAt(old, 'status') ?? {};
    establish(definition, definition.metadata.creationTimestamp ?? '');
  },
  validate: check,
};

function check(definition: Obj, old: Obj | undefined): Cause[] {
  const causes: Cause[] = [];
  const spec = objectAt(definition, 'spec');
  const group = textAt(spec, 'group');
  const plural = textAt(spec, 'names', 'plural');
  if (group === '') causes.push(required('spec.group'));
  else if (!isDnsSubdomain(group) || !group.includes('.'))
    causes.push(
      invalidValue('spec.group', group, `should be a domain with at least one dot; ${subdomainMessage}`),
    );
  if (definition.metadata.name !== `${plural}.${group}`)
    causes.push(
      invalidValue('metadata.name', definition.metadata.name, 'must be spec.names.plural+"."+spec.group'),
    );
  for (const field of ['plural', 'singular', 'kind', 'listKind']) {
    const name = textAt(spec, 'names', field);
    if (name === '') causes.push(required(`spec.names.${field}`));
    else if (!isDnsLabel(name.toLowerCase()))
      causes.push(invalidValue(`spec.names.${field}`, name, labelMessage));
  }
  const scope = textAt(spec, 'scope');
  if (scope !== 'Namespaced' && scope !== 'Cluster')
    causes.push({
      reason: scope === '' ? 'FieldValueRequired' : 'FieldValueNotSupported',
      message:
        scope === ''
          ? 'Required value'
          : `Unsupported value: ${JSON.stringify(scope)}: supported values: "Cluster", "Namespaced"`,
      field: 'spec.scope',
    });
  if (textAt(spec, 'conversion', 'strategy') !== 'None')
    causes.push(
      invalidValue(
        'spec.conversion.strategy',
        at(spec, 'conversion', 'strategy') ?? null,
        'only None is supported here',
      ),
    );
  if (old)
    for (const field of ['group', 'scope'])
      if (textAt(old, 'spec', field) !== textAt(spec, field))
        causes.push(invalidValue(`spec.${field}`, textAt(spec, field), 'field is immutable'));
  causes.push(...checkVersions(listAt(spec, 'versions')));
  return causes;
}

function checkVersions(versions: readonly Json[]): Cause[] {
  const causes: Cause[] = [];
  if (versions.length === 0) causes.push(required('spec.versions'));
  const storage = versions.filter((version) => at(version, 'storage') === true).length;
  if (versions.length > 0 && storage !== 1)
    causes.push(
      invalidValue('spec.versions', `${storage}`, 'must have exactly one version marked as storage version'),
    );
  versions.forEach((version, index) => {
    const path = `spec.versions[${index}]`;
    if (!isDnsLabel(textAt(version, 'name')))
      causes.push(invalidValue(`${path}.name`, textAt(version, 'name'), labelMessage));
    const schema = objectAt(version, 'schema', 'openAPIV3Schema');
    const where = `${path}.schema.openAPIV3Schema`;
    if (!schema) {
      causes.push(required(where, 'schemas are required'));
      return;
    }
    if (schema['type'] !== 'object')
      causes.push(invalidValue(`${where}.type`, schema['type'] ?? null, 'must be object at the root'));
    checkStructure(schema, where, causes, 0);
    if (causes.length === 0) causes.push(...checkRules(schema, where));
    listAt(version, 'additionalPrinterColumns').forEach((column, number) => {
      for (const field of ['name', 'type', 'jsonPath'])
        if (textAt(column, field) === '')
          causes.push(required(`${path}.additionalPrinterColumns[${number}].${field}`));
    });
  });
  return causes;
}

const types = ['object', 'array', 'string', 'integer', 'number', 'boolean'];

/** Structural: every value has a type, or says that it is anything. */
function checkStructure(schema: JsonObject, path: string, causes: Cause[], depth: number): void {
  if (depth > maxDepth) {
    causes.push(invalidValue(path, '', `is nested deeper than ${maxDepth} levels`));
    return;
  }
  const type = schema['type'];
  const open =
    schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-int-or-string'] === true;
  if (type === undefined || type === '') {
    if (!open) causes.push(required(`${path}.type`, 'must not be empty for specified object fields'));
  } else if (!types.includes(textAt(type)))
    causes.push({
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(type)}: supported values: ${types.map((name) => JSON.stringify(name)).join(', ')}`,
      field: `${path}.type`,
    });
  const pattern = schema['pattern'];
  if (typeof pattern === 'string') {
    try {
      void new RegExp(pattern, 'u');
    } catch (error) {
      causes.push(invalidValue(`${path}.pattern`, pattern, messageOf(error)));
    }
  }
  for (const [name, child] of Object.entries(objectAt(schema, 'properties') ?? {}))
    if (isObject(child)) checkStructure(child, `${path}.properties[${name}]`, causes, depth + 1);
    else causes.push(required(`${path}.properties[${name}]`));
  const items = schema['items'];
  if (type === 'array' && !isObject(items)) causes.push(required(`${path}.items`, 'must be specified'));
  if (isObject(items)) checkStructure(items, `${path}.items`, causes, depth + 1);
  const more = schema['additionalProperties'];
  if (isObject(more)) checkStructure(more, `${path}.additionalProperties`, causes, depth + 1);
}

/** `com.tanzu.apps.scanning.v1beta1.SourceScan`, as kube-apiserver names custom kinds in OpenAPI. */
function schemaName(group: string, version: string, kind: string): string {
  return `${group.split('.').toReversed().join('.')}.${version}.${kind}`;
}

function versionOf(definition: Obj, version: Json): Version {
  const group = textAt(definition, 'spec', 'group');
  const kind = textAt(definition, 'spec', 'names', 'kind');
  const name = textAt(version, 'name');
  const written = (objectAt(version, 'schema', 'openAPIV3Schema') ?? { type: 'object' }) as Schema;
  const schema: Schema = {
    ...written,
    properties: {
      ...written.properties,
      apiVersion: { type: 'string', ...written.properties?.['apiVersion'] },
      kind: { type: 'string', ...written.properties?.['kind'] },
      metadata: builtinSchema('meta.ObjectMeta'),
    },
  };
  const deprecated = at(version, 'deprecated') === true;
  return {
    name,
    schema,
    schemaName: schemaName(group, name, kind),
    printer: customPrinter(listAt(version, 'additionalPrinterColumns')),
    hasStatus: objectAt(version, 'subresources', 'status') !== undefined,
    ...(deprecated && {
      warning: textAt(version, 'deprecationWarning') || `${group}/${name} ${kind} is deprecated`,
    }),
  };
}

/** Order of preference: v2 before v1 before v1beta1 before v1alpha1 before other names. */
function preference(a: Version, b: Version): number {
  const rank = (name: string): number[] => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(name);
    if (!match) return [0, 0, 0];
    const stage = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1;
    return [stage, Number(match[1]), Number(match[3] ?? 0)];
  };
  const [left, right] = [rank(a.name), rank(b.name)];
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? 0;
    if (value !== other) return other - value;
  }
  return a.name < b.name ? -1 : 1;
}

/** The resource a definition declares; undefined while it serves no version. */
export function definedResource(definition: Obj): Resource | undefined {
  const group = textAt(definition, 'spec', 'group');
  const names = objectAt(definition, 'spec', 'names');
  const plural = textAt(names, 'plural');
  const kind = textAt(names, 'kind');
  const all = listAt(definition, 'spec', 'versions');
  const storage = textAt(
    all.find((version) => at(version, 'storage') === true),
    'name',
  );
  const versions = all
    .filter((version) => at(version, 'served') === true)
    .map((version) => versionOf(definition, version))
    .toSorted(preference);
  if (versions.length === 0 || storage === '') return undefined;
  return {
    group,
    plural,
    kind,
    singular: textAt(names, 'singular') || kind.toLowerCase(),
    listKind: textAt(names, 'listKind') || `${kind}List`,
    shortNames: listAt(names, 'shortNames').map(String),
    categories: listAt(names, 'categories').map(String),
    namespaced: textAt(definition, 'spec', 'scope') === 'Namespaced',
    key: `${plural}.${group}`,
    storage,
    versions,
    custom: true,
    subresources: [],
    verbs: allVerbs,
    counted: true,
    strategy: {},
  };
}
