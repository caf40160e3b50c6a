/** Strategies of the small core kinds: namespaces, nodes, secrets, config maps, service accounts, events, leases. */
import type { Cause } from '../api-error.ts';
import { equal } from '../apply/compare.ts';
import { forbiddenField, invalidValue, required } from '../schema/causes.ts';
import { isObject } from '../schema/unknown.ts';
import type { Obj } from '../types.ts';
import { at, listAt, objectAt, textAt } from './resource.ts';
import type { Strategy } from './resource.ts';

const keyPattern = /^[-._a-zA-Z0-9]{1,253}$/;
const maxData = 1024 * 1024;

export const plainStrategy: Strategy = {};

export const namespaceStrategy: Strategy = {
  // By which selectors of namespaces find one by its name.
  defaults(namespace) {
    const { name } = namespace.metadata;
    if (name)
      namespace.metadata.labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': name };
  },
  prepare(namespace, old) {
    if (old) {
      namespace['spec'] = old['spec'];
      return;
    }
    namespace['spec'] = { finalizers: ['kubernetes'] };
    namespace['status'] = { phase: 'Active' };
  },
  fields: { 'status.phase': (namespace) => textAt(namespace, 'status', 'phase') },
};

export const nodeStrategy: Strategy = {
  // A node registers itself with its addresses.
  createsStatus: true,
  defaults(node) {
    node['spec'] ??= {};
    node['status'] ??= {};
  },
  fields: { 'spec.unschedulable': (node) => textAt(node, 'spec', 'unschedulable') },
};

function checkData(object: Obj, fields: readonly string[]): Cause[] {
  const causes: Cause[] = [];
  let size = 0;
  for (const field of fields)
    for (const [key, value] of Object.entries(objectAt(object, field) ?? {})) {
      size += typeof value === 'string' ? value.length : 0;
      if (!keyPattern.test(key) || key === '.' || key === '..')
        causes.push(
          invalidValue(
            `${field}[${key}]`,
            key,
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
          ),
        );
    }
  if (size > (maxData * 4) / 3)
    causes.push({
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${maxData} bytes`,
      field: fields[0] ?? '',
    });
  return causes;
}

function checkImmutable(object: Obj, old: Obj | undefined, fields: readonly string[]): Cause[] {
  if (old?.['immutable'] !== true) return [];
  const causes: Cause[] = [];
  if (object['immutable'] !== true)
    causes.push(forbiddenField('immutable', 'field is immutable when `immutable` is set'));
  for (const field of fields)
    if (!equal(object[field], old[field]))
      causes.push(forbiddenField(field, 'field is immutable when `immutable` is set'));
  return causes;
}

/** The keys that a Secret of a type must have. */
const secretKeys: Record<string, readonly string[]> = {
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

export const secretStrategy: Strategy = {
  defaults(secret) {
    const text = objectAt(secret, 'stringData');
    if (text) {
      const data = { ...objectAt(secret, 'data') };
      for (const [key, value] of Object.entries(text))
        data[key] = Buffer.from(textAt(value)).toString('base64');
      secret['data'] = data;
      delete secret['stringData'];
    }
    if (!secret['type']) secret['type'] = 'Opaque';
  },
  validate(secret, old) {
    const causes = checkData(secret, ['data']);
    const type = textAt(secret, 'type');
    for (const key of secretKeys[type] ?? []) {
      const value = at(secret, 'data', key);
      if (value === undefined) causes.push(required(`data[${key}]`));
      else if (key.startsWith('.docker') && !isJson(textAt(value)))
        // The value itself is a secret and is not quoted.
        causes.push(invalidValue(`data[${key}]`, '<secret contents redacted>', 'invalid character in JSON'));
    }
    if (old && old['type'] !== secret['type']) causes.push(invalidValue('type', type, 'field is immutable'));
    causes.push(...checkImmutable(secret, old, ['data']));
    return causes;
  },
  fields: { type: (secret) => textAt(secret, 'type') },
};

function isJson(base64: string): boolean {
  try {
    return isObject(JSON.parse(Buffer.from(base64, 'base64').toString('utf8')));
  } catch {
    return false;
  }
}

export const configMapStrategy: Strategy = {
  validate: (map, old) => [
    ...checkData(map, ['data', 'binaryData']),
    ...checkImmutable(map, old, ['data', 'binaryData']),
  ],
};

export const leaseStrategy: Strategy = {
  validate(lease) {
    const seconds = at(lease, 'spec', 'leaseDurationSeconds');
    return typeof seconds === 'number' && seconds <= 0
      ? [invalidValue('spec.leaseDurationSeconds', seconds, 'must be greater than 0')]
      : [];
  },
};

const involved = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

export const eventStrategy: Strategy = {
  prepare(event) {
    event['involvedObject'] ??= {};
    event['source'] ??= {};
    event['reportingComponent'] ??= '';
    event['reportingInstance'] ??= '';
    for (const field of ['firstTimestamp', 'lastTimestamp', 'eventTime']) event[field] ??= null;
  },
  validate(event, old) {
    if (old) return [];
    const namespace = textAt(event, 'involvedObject', 'namespace');
    const own = event.metadata.namespace ?? '';
    const fits = namespace === own || (namespace === '' && (own === 'default' || own === 'kube-system'));
    return fits
      ? []
      : [invalidValue('involvedObject.namespace', namespace, 'does not match event.namespace')];
  },
  fields: {
    ...Object.fromEntries(
      involved.map((field) => [
        `involvedObject.${field}`,
        (event: Obj) => textAt(event, 'involvedObject', field),
      ]),
    ),
    reason: (event) => textAt(event, 'reason'),
    reportingComponent: (event) =>
      textAt(event, 'reportingComponent') || textAt(event, 'source', 'component'),
    source: (event) => textAt(event, 'source', 'component') || textAt(event, 'reportingComponent'),
    type: (event) => textAt(event, 'type'),
  },
};

/** core/v1 names of an event's fields → events.k8s.io/v1 names. */
const eventFields: readonly (readonly [core: string, events: string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
];

function rename(event: Obj, apiVersion: string, names: readonly (readonly [string, string])[]): Obj {
  const result: Obj = { ...event, apiVersion };
  for (const [from, to] of names) {
    if (event[from] === undefined) continue;
    delete result[from];
    result[to] = event[from];
  }
  return result;
}

export const eventView = {
  toView: (event: Obj): Obj => rename(event, 'events.k8s.io/v1', eventFields),
  fromView: (event: Obj): Obj =>
    rename(
      event,
      'v1',
      eventFields.map(([core, events]) => [events, core] as const),
    ),
};

export const serviceAccountStrategy: Strategy = {};

/** Whether a Secret list is worth naming: kept for the printer. */
export const dataCount = (object: Obj): number =>
  Object.keys(objectAt(object, 'data') ?? {}).length +
  Object.keys(objectAt(object, 'binaryData') ?? {}).length;

export const secretCount = (object: Obj): number => listAt(object, 'secrets').length;
