/** What stands between an object and the store: its namespace, its form, its rules, its finalizers. */
import { forbidden, invalid, notFound } from '../api-error.ts';
import type { Cause } from '../api-error.ts';
import { checkMetadata } from '../resources/names.ts';
import { forbiddenField } from '../schema/causes.ts';
import { evaluateRules, hasRules } from '../schema/rules.ts';
import { validate } from '../schema/validate.ts';
import type { Obj } from '../types.ts';
import type { World } from '../world.ts';
import type { Address } from './decode.ts';

/** @throws ApiError 404 or 403 when nothing can be created in `namespace` */
export function checkNamespace(world: World, address: Address, name: string): void {
  if (!address.resource.namespaced) return;
  const { registry, store } = world;
  const namespaces = registry.get('', 'namespaces');
  if (!namespaces) return;
  const namespace = store.get(namespaces.key, '', address.namespace);
  if (!namespace) throw notFound(namespaces, address.namespace);
  if (namespace.object.metadata.deletionTimestamp === undefined) return;
  const error = forbidden(
    address.resource,
    name,
    `unable to create new content in namespace ${address.namespace} because it is being terminated`,
  );
  error.status.details = {
    ...error.status.details,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${address.namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  };
  throw error;
}

/** With one of these, rules between fields would be asked about a value of the wrong shape. */
const blocking = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

const rulesSkipped: Cause = {
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
};

/** @throws ApiError 422 with everything that is wrong with `object` */
export function check(address: Address, object: Obj, old: Obj | undefined): void {
  const { resource, version } = address;
  const causes: Cause[] = checkMetadata(object, resource.plural === 'namespaces');
  if (resource.custom) {
    const wrong = validate(object, version.schema);
    causes.push(...wrong);
    if (hasRules(version.schema))
      causes.push(
        ...(wrong.some((cause) => blocking.has(cause.reason))
          ? [rulesSkipped]
          : evaluateRules(object, old, version.schema)),
      );
  }
  causes.push(...(resource.strategy.validate?.(object, old) ?? []));
  if (causes.length > 0) throw invalid(resource, object.metadata.name ?? '', causes);
}

/** @throws ApiError 422 when an object that is being deleted gets a new finalizer */
export function checkFinalizers(address: Address, object: Obj, old: Obj): void {
  if (old.metadata.deletionTimestamp === undefined) return;
  const before = old.metadata.finalizers ?? [];
  const added = (object.metadata.finalizers ?? []).filter((name) => !before.includes(name));
  if (added.length === 0) return;
  const names = added.map((name) => JSON.stringify(name)).join(', ');
  throw invalid(address.resource, object.metadata.name ?? '', [
    forbiddenField(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${names}}`,
    ),
  ]);
}
