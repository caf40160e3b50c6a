/** delete and deletecollection. */
import { badRequest, invalid } from '../api-error.ts';
import type { Cause } from '../api-error.ts';
import { mediaTypeOf, parseObject, readBody } from '../http/body.ts';
import { numberParameter, sendText, sendJson, successStatus } from '../http/request.ts';
import type { Context } from '../http/request.ts';
import { at, textAt, apiVersionOf } from '../resources/resource.ts';
import { notSupported } from '../schema/causes.ts';
import { isObject } from '../schema/unknown.ts';
import type { Json } from '../types.ts';
import { serveText } from '../world.ts';
import type { World } from '../world.ts';
import { remove } from '../write/deletion.ts';
import type { DeleteOptions } from '../write/deletion.ts';
import { getObject, page, selectorOf } from './read.ts';
import type { PathTarget } from './target.ts';
import { dryRunOf } from './write.ts';

const policies = ['Background', 'Foreground', 'Orphan'] as const;

/** DeleteOptions from the body and, where that is silent, from the query. @throws ApiError 400, 422 */
async function optionsOf(context: Context): Promise<DeleteOptions> {
  const body = await readBody(context.request);
  let sent: Json = {};
  if (body.length > 0) sent = (await parseObject(body, mediaTypeOf(context.request), false)).body;
  if (!isObject(sent)) throw badRequest('the delete options are no object');
  const kind = textAt(sent, 'kind');
  if (kind !== '' && kind !== 'DeleteOptions') throw badRequest(`a DeleteOptions is wanted, not a ${kind}`);
  const orphanDependents = at(sent, 'orphanDependents') ?? context.query.get('orphanDependents');
  const given = textAt(sent, 'propagationPolicy') || context.query.get('propagationPolicy') || '';
  const policy =
    given ||
    (orphanDependents === true || orphanDependents === 'true'
      ? 'Orphan'
      : orphanDependents === false || orphanDependents === 'false'
        ? 'Background'
        : '');
  const propagationPolicy = policies.find((name) => name === policy);
  if (policy !== '' && !propagationPolicy) {
    const causes: Cause[] = [notSupported('propagationPolicy', policy, [...policies])];
    throw invalid({ group: 'meta.k8s.io', plural: 'deleteoptions', kind: 'DeleteOptions' }, '', causes);
  }
  const grace = at(sent, 'gracePeriodSeconds') ?? numberParameter(context.query, 'gracePeriodSeconds');
  const uid = textAt(sent, 'preconditions', 'uid');
  const resourceVersion = textAt(sent, 'preconditions', 'resourceVersion');
  const dryRun = at(sent, 'dryRun');
  return {
    ...(propagationPolicy && { propagationPolicy }),
    ...(typeof grace === 'number' && { gracePeriodSeconds: grace }),
    ...(uid !== '' && { uid }),
    ...(resourceVersion !== '' && { resourceVersion }),
    dryRun: dryRunOf(context.query) || (Array.isArray(dryRun) && dryRun.length > 0),
  };
}

export async function deleteOne(world: World, context: Context, target: PathTarget): Promise<void> {
  const options = await optionsOf(context);
  const { resource, version } = target;
  const found = getObject(world, target);
  const deleted = remove(world, resource, found, options);
  // Pods come back whole, as the kubelet's protocol wants it; so does what is still there.
  if (!deleted.gone || resource.plural === 'pods') {
    sendText(context, 200, serveText(resource, version, deleted.stored));
    return;
  }
  const { uid } = found.object.metadata;
  sendJson(
    context,
    200,
    successStatus({
      name: found.name,
      ...(resource.group && { group: resource.group }),
      kind: resource.plural,
      ...(uid !== undefined && { uid }),
    }),
  );
}

export async function deleteMany(world: World, context: Context, target: PathTarget): Promise<void> {
  const options = await optionsOf(context);
  const { resource, version } = target;
  const limit = numberParameter(context.query, 'limit') ?? 0;
  const found = page(world, target, selectorOf(target, context.query), limit, undefined).items;
  const items = found.map((stored) => remove(world, resource, stored, options).stored);
  const head = JSON.stringify({
    kind: resource.listKind,
    apiVersion: apiVersionOf(resource.group, version.name),
    metadata: { resourceVersion: String(world.store.revision) },
  });
  const texts = items.map((stored) => serveText(resource, version, stored));
  sendText(context, 200, `${head.slice(0, -1)},"items":[${texts.join(',')}]}`);
}
