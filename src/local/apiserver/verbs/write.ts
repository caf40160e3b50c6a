/** create and update. */
import { ApiError, badRequest, methodNotAllowed, notFound } from '../api-error.ts';
import { parseAccept } from '../http/accept.ts';
import { mediaTypeOf, parseObject, readBody } from '../http/body.ts';
import { sendText } from '../http/request.ts';
import type { Context } from '../http/request.ts';
import { present } from '../table/table.ts';
import type { World } from '../world.ts';
import { decode } from '../write/decode.ts';
import type { Address, FieldValidation, Strictness } from '../write/decode.ts';
import { create as createObject, update as updateObject } from '../write/writer.ts';
import type { WriteOptions, Written } from '../write/writer.ts';
import { getObject, tableOptions } from './read.ts';
import type { PathTarget } from './target.ts';

const validations: readonly string[] = ['Strict', 'Warn', 'Ignore'];

/** @throws ApiError 422 for a value that fieldValidation does not have */
export function strictnessOf(context: Context): Strictness {
  const value = context.query.get('fieldValidation') || 'Warn';
  if (!validations.includes(value))
    throw new ApiError({
      code: 422,
      reason: 'Invalid',
      message: `CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: ${JSON.stringify(value)}: supported values: "", "Ignore", "Strict", "Warn"`,
    });
  return { fieldValidation: value as FieldValidation, warnings: context.warnings };
}

/** Who writes: the fieldManager parameter, or the program's name from its User-Agent. */
export function managerOf(context: Context): string {
  const named = context.query.get('fieldManager');
  if (named) {
    if (named.length > 128) throw badRequest('fieldManager: Invalid value: may not be more than 128 bytes');
    return named;
  }
  const agent = context.request.headers['user-agent'] ?? '';
  return (agent.split('/')[0] ?? '').slice(0, 128) || 'unknown';
}

/** @throws ApiError 422 for a dryRun that is not All */
export function dryRunOf(query: URLSearchParams): boolean {
  const values = query.getAll('dryRun').filter((value) => value !== '');
  if (values.some((value) => value !== 'All'))
    throw new ApiError({
      code: 422,
      reason: 'Invalid',
      message: `CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ${JSON.stringify(values[0])}: supported values: "All"`,
    });
  return values.length > 0;
}

export function writeOptions(context: Context): WriteOptions {
  return { manager: managerOf(context), dryRun: dryRunOf(context.query) };
}

/** The address of a write. @throws ApiError 404 or 405 for a subresource that is not written to */
export function addressOf(target: PathTarget): Address {
  const { subresource, resource, version, namespace, name } = target;
  if (subresource !== undefined && (subresource !== 'status' || !version.hasStatus))
    throw notFound(resource, name ?? '');
  return {
    resource,
    version,
    namespace,
    ...(name !== undefined && { name }),
    ...(subresource === 'status' && { subresource }),
  };
}

const standardFinalizers = new Set(['foregroundDeletion', 'orphan', 'kubernetes']);

export function answer(world: World, context: Context, target: PathTarget, written: Written): void {
  const { resource, version } = target;
  if (version.warning !== undefined) context.warnings.push(version.warning);
  if (written.stored.text.includes('"finalizers":'))
    for (const finalizer of written.stored.object.metadata.finalizers ?? [])
      if (!finalizer.includes('/') && !standardFinalizers.has(finalizer))
        context.warnings.push(
          `metadata.finalizers: ${JSON.stringify(finalizer)}: prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers`,
        );
  const options = { ...tableOptions(world, context), withColumns: true };
  const accept = parseAccept(context.request.headers.accept);
  sendText(context, written.created ? 201 : 200, present(resource, version, written.stored, accept, options));
}

export async function create(world: World, context: Context, target: PathTarget): Promise<void> {
  if (target.name !== undefined) throw methodNotAllowed();
  const body = await readBody(context.request);
  const strictness = strictnessOf(context);
  const sent = await parseObject(body, mediaTypeOf(context.request), strictness.fieldValidation !== 'Ignore');
  const address = addressOf(target);
  if (target.resource.namespaced && target.namespace === '')
    throw badRequest('an empty namespace may not be set during creation');
  const object = decode(address, sent, strictness);
  answer(world, context, target, createObject(world, address, object, writeOptions(context)));
}

export async function update(world: World, context: Context, target: PathTarget): Promise<void> {
  if (target.name === undefined) throw methodNotAllowed();
  const body = await readBody(context.request);
  const strictness = strictnessOf(context);
  const sent = await parseObject(body, mediaTypeOf(context.request), strictness.fieldValidation !== 'Ignore');
  const address = addressOf(target);
  const object = decode(address, sent, strictness);
  const before = getObject(world, target);
  const options = { ...writeOptions(context), mustNameRevision: true };
  answer(world, context, target, updateObject(world, address, before, object, options));
}
