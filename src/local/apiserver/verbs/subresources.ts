/** What hangs below an object or is only asked, never stored: bindings, evictions, tokens, logs, reviews. */
import { sign, createHash, randomUUID } from 'node:crypto';
import { badRequest, conflict, forbidden, notFound } from '../api-error.ts';
import { mediaTypeOf, parseObject, readBody } from '../http/body.ts';
import { sendJson, successStatus } from '../http/request.ts';
import type { Context } from '../http/request.ts';
import { listAt, objectAt, textAt } from '../resources/resource.ts';
import { isObject } from '../schema/unknown.ts';
import type { JsonObject, Obj } from '../types.ts';
import { timestamp } from '../world.ts';
import type { World } from '../world.ts';
import { remove } from '../write/deletion.ts';
import { getObject } from './read.ts';
import type { PathTarget } from './target.ts';
import { dryRunOf } from './write.ts';

async function bodyOf(context: Context): Promise<JsonObject> {
  const { body } = await parseObject(await readBody(context.request), mediaTypeOf(context.request), false);
  if (!isObject(body)) throw badRequest('the request body is no object');
  return body;
}

/** Puts a pod on a node, once. */
export async function bind(world: World, context: Context, target: PathTarget): Promise<void> {
  const binding = await bodyOf(context);
  const node = textAt(binding, 'target', 'name');
  if (node === '') throw badRequest('target.name: Required value: the node to bind to');
  const stored = getObject(world, target);
  const pod = stored.object;
  if (pod.metadata.deletionTimestamp !== undefined)
    throw conflict(target.resource, stored.name, 'pod is being deleted, cannot be assigned to a host');
  const already = textAt(pod, 'spec', 'nodeName');
  if (already !== '')
    throw conflict(
      target.resource,
      stored.name,
      `pod ${stored.name} is already assigned to node ${JSON.stringify(already)}`,
    );
  const condition = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(world.clock.now()),
  };
  const others = listAt(pod, 'status', 'conditions').filter(
    (item) => textAt(item, 'type') !== 'PodScheduled',
  );
  const bound: Obj = {
    ...pod,
    spec: { ...objectAt(pod, 'spec'), nodeName: node },
    status: { ...objectAt(pod, 'status'), conditions: [...others, condition] },
  };
  if (!dryRunOf(context.query)) world.store.put(stored.resource, stored.namespace, stored.name, bound);
  sendJson(context, 201, { ...successStatus(undefined), code: 201 });
}

/** No budgets are kept here: an eviction is a delete. */
export async function evict(world: World, context: Context, target: PathTarget): Promise<void> {
  const eviction = await bodyOf(context);
  const grace = objectAt(eviction, 'deleteOptions')?.['gracePeriodSeconds'];
  const stored = getObject(world, target);
  remove(world, target.resource, stored, {
    ...(typeof grace === 'number' && { gracePeriodSeconds: grace }),
    dryRun: dryRunOf(context.query),
  });
  sendJson(context, 201, { ...successStatus(undefined), code: 201 });
}

/** A signed token of a service account. This server itself knows people by certificates only and takes no tokens. */
export async function serviceAccountToken(
  world: World,
  context: Context,
  target: PathTarget,
  signingKey: string,
): Promise<void> {
  const request = await bodyOf(context);
  const account = getObject(world, target);
  const asked = Number(objectAt(request, 'spec')?.['expirationSeconds'] ?? 3600);
  const seconds = Math.min(Math.max(asked, 600), 86_400);
  const audiences = listAt(request, 'spec', 'audiences');
  const now = Math.floor(world.clock.now() / 1000);
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const kid = createHash('sha256').update(signingKey).digest('base64url').slice(0, 16);
  const claims = encode({
    iss: 'https://kubernetes.default.svc',
    aud: audiences.length > 0 ? audiences : ['https://kubernetes.default.svc'],
    iat: now,
    nbf: now,
    exp: now + seconds,
    jti: randomUUID(),
    sub: `system:serviceaccount:${account.namespace}:${account.name}`,
  });
  const unsigned = `${encode({ alg: 'ES256', kid })}.${claims}`;
  const signature = sign('sha256', Buffer.from(unsigned), { key: signingKey, dsaEncoding: 'ieee-p1363' });
  sendJson(context, 201, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {
      name: account.name,
      namespace: account.namespace,
      creationTimestamp: timestamp(world.clock.now()),
    },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: null },
    status: {
      token: `${unsigned}.${signature.toString('base64url')}`,
      expirationTimestamp: timestamp((now + seconds) * 1000),
    },
  });
}

/** Self reviews: whoever may ask may do everything (see userOf). */
export async function review(world: World, context: Context, target: PathTarget): Promise<void> {
  const sent = await bodyOf(context);
  const { user } = context;
  const { kind } = target.resource;
  const metadata = { creationTimestamp: null };
  const rule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  const statuses: Record<string, JsonObject> = {
    SelfSubjectAccessReview: {
      allowed: true,
      reason: 'every client certificate of this server may do everything',
    },
    SelfSubjectRulesReview: {
      resourceRules: [rule],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    },
    SelfSubjectReview: { userInfo: { username: user?.name ?? '', groups: [...(user?.groups ?? [])] } },
  };
  const status = statuses[kind];
  if (!status) throw forbidden(target.resource, '', 'this review is not served here');
  const spec = objectAt(sent, 'spec');
  sendJson(context, 201, {
    apiVersion: `${target.resource.group}/${target.version.name}`,
    kind,
    metadata,
    ...(spec && { spec }),
    status,
  });
}

/** Ends the `kubernetes` finalizer of a namespace, the way its controller asks for it. */
export async function finalize(world: World, context: Context, target: PathTarget): Promise<void> {
  const sent = await bodyOf(context);
  const stored = getObject(world, target);
  if (stored.object.metadata.deletionTimestamp === undefined)
    throw conflict(target.resource, stored.name, 'the namespace is not being deleted');
  const finalizers = listAt(sent, 'spec', 'finalizers');
  const object: Obj = { ...stored.object, spec: { ...objectAt(stored.object, 'spec'), finalizers } };
  const done = finalizers.length === 0 && (stored.object.metadata.finalizers ?? []).length === 0;
  const result = done
    ? world.store.remove(stored)
    : world.store.put(stored.resource, '', stored.name, object);
  sendJson(context, 200, result.object);
}

export function noSubresource(target: PathTarget): Error {
  return notFound(target.resource, target.name ?? '');
}
