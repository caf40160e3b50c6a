/** patch: JSON, merge and strategic merge patches, and server-side apply. */
import {
  ApiError,
  badRequest,
  conflict,
  invalid,
  methodNotAllowed,
  modified,
  unsupportedMediaType,
} from '../api-error.ts';
import { applyConfig } from '../apply/managers.ts';
import { maxBody, maxDepth, mediaTypeOf, parseJson, parseYaml, readBody } from '../http/body.ts';
import { flag } from '../http/request.ts';
import type { Context } from '../http/request.ts';
import { jsonPatch } from '../patch/json-patch.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import { strategicPatch } from '../patch/strategic.ts';
import { apiVersionOf, textAt } from '../resources/resource.ts';
import { invalidValue } from '../schema/causes.ts';
import { isObject, pruneUnknown } from '../schema/unknown.ts';
import { scanText } from '../schema/text-scan.ts';
import type { Stored } from '../storage/stored.ts';
import type { Json, Obj } from '../types.ts';
import { serve, timestamp } from '../world.ts';
import type { World } from '../world.ts';
import { cloneJson, decode } from '../write/decode.ts';
import type { Address, Sent, Strictness } from '../write/decode.ts';
import { create, resetsOf, update } from '../write/writer.ts';
import type { WriteOptions, Written } from '../write/writer.ts';
import { getObject } from './read.ts';
import type { PathTarget } from './target.ts';
import { addressOf, answer, strictnessOf, writeOptions } from './write.ts';

const json = 'application/json-patch+json';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';
const applyYaml = 'application/apply-patch+yaml';

export async function patch(world: World, context: Context, target: PathTarget): Promise<void> {
  if (target.name === undefined) throw methodNotAllowed();
  const type = mediaTypeOf(context.request);
  const accepted = [json, merge, applyYaml, ...(target.resource.custom ? [] : [strategic])];
  if (!accepted.includes(type)) throw unsupportedMediaType(accepted);
  const text = (await readBody(context.request)).toString('utf8');
  const strictness = strictnessOf(context);
  const options = writeOptions(context);
  const address = addressOf(target);
  const sent =
    type === applyYaml ? await parseYaml(text) : parseJson(text, strictness.fieldValidation !== 'Ignore');
  const written =
    type === applyYaml
      ? apply(world, context, target, address, sent, strictness, options)
      : patched(world, target, address, type, { ...sent, size: text.length }, strictness, options);
  answer(world, context, target, written);
}

function patched(
  world: World,
  target: PathTarget,
  address: Address,
  type: string,
  sent: Sent & { readonly size: number },
  strictness: Strictness,
  options: WriteOptions,
): Written {
  const before = getObject(world, target);
  const result = applyPatch(target, type, current(target, before), sent.body);
  if (!isObject(result)) throw badRequest('the patch leaves no object');
  const body = cloneJson(result);
  // A merge is no larger than its parts, and no deeper.
  if (type === json || before.text.length + sent.size > maxBody / 2) bound(body);
  const object = decodePatched(address, { body, duplicates: sent.duplicates }, strictness);
  const { uid } = before.object.metadata;
  if (object.metadata.uid !== uid)
    throw invalid(address.resource, before.name, [
      invalidValue('metadata.uid', object.metadata.uid ?? '', 'field is immutable'),
    ]);
  return update(world, address, before, object, options);
}

/** What a patch makes that the kind does not know is the patch's fault: 422, where a sent object gets a 400. */
function decodePatched(address: Address, sent: Sent, strictness: Strictness): Obj {
  const text = strictness.fieldValidation === 'Strict' ? JSON.stringify(sent.body) : '';
  try {
    return decode(address, sent, strictness);
  } catch (error) {
    const strict =
      error instanceof ApiError ? /strict decoding error: .*/s.exec(error.message)?.[0] : undefined;
    if (strict === undefined) throw error;
    throw invalid({ group: '', plural: '', kind: '' }, '', [invalidValue('patch', text, strict)]);
  }
}

/** The object as this version serves it; a patch without resourceVersion applies to whatever is there. */
function current(target: PathTarget, before: Stored): Obj {
  return serve(target.resource, target.version, before.object);
}

function applyPatch(target: PathTarget, type: string, object: Obj, body: Json): Json {
  if (type === json) return jsonPatch(object, body);
  if (!isObject(body)) throw badRequest('the patch is no object');
  if (type === merge) return mergePatch(object, body);
  return strategicPatch(object, body, target.version.schema);
}

/** What a patch makes is bounded as what a client sends is. */
function bound(body: Json): void {
  const text = JSON.stringify(body);
  if (text.length > maxBody)
    throw new ApiError({
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: `the patched object is larger than ${maxBody} bytes`,
    });
  if (scanText(text, maxDepth, false).tooDeep)
    throw badRequest(`the patched object is nested deeper than ${maxDepth} levels`);
}

function apply(
  world: World,
  context: Context,
  target: PathTarget,
  address: Address,
  sent: Sent,
  strictness: Strictness,
  options: WriteOptions,
): Written {
  if (!context.query.get('fieldManager'))
    throw new ApiError({
      code: 422,
      reason: 'Invalid',
      message:
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    });
  const { resource, version } = target;
  const config = configOf(target, sent, strictness);
  const before = world.store.get(resource.key, target.namespace, target.name ?? '');
  if (!before && address.subresource) getObject(world, target);
  const wanted = config.metadata.resourceVersion;
  if (wanted !== undefined && wanted !== '' && wanted !== String(before?.revision ?? ''))
    throw conflict(resource, target.name ?? '', modified);
  const live = before && current(target, before);
  const writer = {
    manager: options.manager,
    apiVersion: apiVersionOf(resource.group, version.name),
    time: timestamp(world.clock.now()),
    ...(address.subresource && { subresource: address.subresource }),
  };
  const result = applyConfig(live, config, version.schema, writer, {
    force: flag(context.query, 'force'),
    resets: resetsOf(address, live ?? config),
  });
  const body = cloneJson(result.object);
  bound(body);
  delete body.metadata.managedFields;
  const object = decode(address, { body, duplicates: [] }, { fieldValidation: 'Ignore', warnings: [] });
  const written = { ...options, managedFields: result.managedFields };
  return before ? update(world, address, before, object, written) : create(world, address, object, written);
}

/** The applied configuration itself: of this kind, with known fields only. @throws ApiError 400 and, as kube-apiserver does, 500 */
function configOf(target: PathTarget, sent: Sent, strictness: Strictness): Obj {
  const { resource, version } = target;
  const { body } = sent;
  const apiVersion = apiVersionOf(resource.group, version.name);
  if (!isObject(body) || !isObject(body['metadata'] ?? {}))
    throw badRequest('the applied configuration is no object');
  if (body['kind'] !== resource.kind || body['apiVersion'] !== apiVersion)
    throw badRequest(
      `the applied configuration is of ${textAt(body, 'apiVersion')} ${textAt(body, 'kind')}, and the request of ${apiVersion} ${resource.kind}`,
    );
  body['metadata'] ??= {};
  const object = body as Obj;
  if (object.metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  const problems = sent.duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`);
  const [unknown] = pruneUnknown(object, version.schema);
  if (unknown !== undefined && strictness.fieldValidation !== 'Ignore')
    throw new ApiError({
      code: 500,
      reason: 'InternalError',
      message: `failed to create typed patch object (${target.namespace}/${target.name}; ${apiVersion}, Kind=${resource.kind}): .${unknown}: field not declared in schema`,
    });
  if (strictness.fieldValidation === 'Warn') strictness.warnings.push(...problems);
  else if (strictness.fieldValidation === 'Strict' && problems.length > 0)
    throw badRequest(`error decoding patch: strict decoding error: ${problems.join(', ')}`);
  object.metadata.name ??= target.name;
  if (target.resource.namespaced) object.metadata.namespace ??= target.namespace;
  return object;
}
