/** From what a client sent to an object of the kind it was sent to: identity, strictness, types. */
import { badRequest, invalid } from '../api-error.ts';
import type { ApiError } from '../api-error.ts';
import type { Cause } from '../api-error.ts';
import { apiVersionOf, textAt } from '../resources/resource.ts';
import type { Resource, Version } from '../resources/resource.ts';
import { applyDefaults, dropForbiddenNulls } from '../schema/defaults.ts';
import { invalidValue } from '../schema/causes.ts';
import { builtinSchema } from '../schema/builtin.ts';
import { isObject, pruneUnknown } from '../schema/unknown.ts';
import { validate } from '../schema/validate.ts';
import type { Json, JsonObject, Obj } from '../types.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** Where an object is written, and how. */
export interface Address {
  readonly resource: Resource;
  readonly version: Version;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  /** Absent on create. */
  readonly name?: string;
  readonly subresource?: 'status';
}

export interface Sent {
  readonly body: Json;
  /** Paths of keys that stood twice in the text. */
  readonly duplicates: readonly string[];
}

export interface Strictness {
  readonly fieldValidation: FieldValidation;
  /** Texts for Warning headers are added here. */
  readonly warnings: string[];
}

const cannotHandle = (kind: string, version: string, why: string): ApiError =>
  badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);

/** A deep copy; JSON has no cycles and no classes. */
export function cloneJson<T extends Json | undefined>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cloneJson) as T;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const inner = cloneJson(value[key]);
    if (key === '__proto__')
      Object.defineProperty(result, key, {
        value: inner,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    else result[key] = inner;
  }
  return result as T;
}

/** To Go, null is the same as absent. */
export function dropNulls(value: Json | undefined): void {
  if (Array.isArray(value)) value.forEach(dropNulls);
  else if (isObject(value))
    for (const key of Object.keys(value)) {
      const inner = value[key];
      if (inner === null) delete value[key];
      else if (typeof inner === 'object') dropNulls(inner);
    }
}

/**
 * The object in `sent` (which is changed): of the right kind, version, name and namespace, without unknown fields, with
 * its schema's defaults.
 * @throws ApiError 400
 */
export function decode(address: Address, sent: Sent, strictness: Strictness): Obj {
  const { resource, version } = address;
  const { body } = sent;
  const apiVersion = apiVersionOf(resource.group, version.name);
  if (!isObject(body)) throw unrecognized(resource, "Object 'Kind' is missing", body);
  checkKind(body, resource, apiVersion);
  body['apiVersion'] = apiVersion;
  body['kind'] = resource.kind;
  const unknown = pruneUnknown(body, version.schema);
  strict(resource, version, sent.duplicates, unknown, strictness);
  if (!resource.custom) dropNulls(body);
  body['metadata'] ??= {};
  checkTypes(resource, version, body);
  const object = body as Obj;
  // Go's clients send the zero time of fields they do not set.
  dropNulls(object.metadata);
  checkPlace(address, object);
  if (resource.custom) dropForbiddenNulls(object, version.schema);
  applyDefaults(object, version.schema);
  resource.strategy.defaults?.(object);
  return object;
}

const unrecognized = (resource: Resource, why: string, body: Json): ApiError =>
  badRequest(
    `the object provided is unrecognized (must be of type ${resource.kind}): ${why} (${JSON.stringify(body).slice(0, 200)})`,
  );

function checkKind(body: JsonObject, resource: Resource, apiVersion: string): void {
  const { kind } = body;
  if (kind === undefined || kind === '') {
    if (resource.custom || body['apiVersion'] !== undefined)
      throw unrecognized(
        resource,
        `Object 'Kind' is missing in '${JSON.stringify(body).slice(0, 200)}'`,
        body,
      );
    return;
  }
  if (kind !== resource.kind && resource.custom && body['apiVersion'] === apiVersion)
    throw invalid({ ...resource, kind: textAt(kind) }, textAt(body, 'metadata', 'name'), [
      invalidValue('kind', kind, `must be ${resource.kind}`),
    ]);
  if (kind !== resource.kind)
    throw unrecognized(resource, `no kind ${JSON.stringify(kind)} is registered for this path`, body);
  if (body['apiVersion'] !== apiVersion)
    throw badRequest(
      `the API version in the data (${textAt(body, 'apiVersion')}) does not match the expected API version (${apiVersion})`,
    );
}

function strict(
  resource: Resource,
  version: Version,
  duplicates: readonly string[],
  unknown: readonly string[],
  strictness: Strictness,
): void {
  if (strictness.fieldValidation === 'Ignore') return;
  const problems = [
    ...duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`),
    ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`),
  ];
  if (problems.length === 0) return;
  if (strictness.fieldValidation === 'Warn') {
    strictness.warnings.push(...problems);
    return;
  }
  throw cannotHandle(resource.kind, version.name, `strict decoding error: ${problems.join(', ')}`);
}

/** What Go could not read into its types never gets as far as validation. Custom kinds have only their metadata typed. */
function checkTypes(resource: Resource, version: Version, body: JsonObject): void {
  const base64 = / in body must be of type byte: /;
  const wrong = (cause: Cause): boolean => cause.reason === 'FieldValueTypeInvalid';
  const causes = resource.custom
    ? validate(body['metadata'], builtinSchema('meta.ObjectMeta'), 'metadata')
    : validate(body, version.schema);
  const first = causes.find(wrong);
  // The value may be a secret and is not quoted.
  if (first && base64.test(first.message))
    throw cannotHandle(resource.kind, version.name, `illegal base64 data at ${first.field}`);
  if (first) throw cannotHandle(resource.kind, version.name, goText(resource, first));
}

/** The words of Go's JSON reader: which JSON value stood where which type was wanted. */
function goText(resource: Resource, cause: Cause): string {
  const match = /must be of type ([^:]+): "(.*)"$/s.exec(cause.message);
  const [, wanted = '', found = ''] = match ?? [];
  const json: Record<string, string> = { integer: 'number', boolean: 'bool' };
  const go: Record<string, string> = { integer: 'int64', boolean: 'bool', object: 'map', array: 'slice' };
  const root = resource.custom ? 'ObjectMeta' : resource.kind;
  const field = (cause.field ?? '').replace(/^metadata\.(\w+).*$/, '$1').replaceAll(/\[\d+\]/g, '');
  return `json: cannot unmarshal ${json[found] ?? found} into Go struct field ${root}.${field} of type ${go[wanted] ?? wanted}`;
}

function checkPlace(address: Address, object: Obj): void {
  const { metadata } = object;
  if (address.name !== undefined) {
    metadata.name ??= address.name;
    if (metadata.name !== address.name)
      throw badRequest(
        `the name of the object (${metadata.name}) does not match the name on the URL (${address.name})`,
      );
  }
  if (!address.resource.namespaced) {
    delete metadata.namespace;
    return;
  }
  metadata.namespace ||= address.namespace;
  if (metadata.namespace !== address.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}
