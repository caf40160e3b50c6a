/** From a path and a method to the one handler that answers. */
import { ApiError, methodNotAllowed, noSuchPath } from '../api-error.ts';
import {
  aggregate,
  aggregatedVersion,
  apiGroup,
  coreVersions,
  groupList,
  resourceList,
} from '../discovery/discovery.ts';
import { emptyOpenApiV2, hashOf } from '../discovery/openapi.ts';
import type { OpenApi } from '../discovery/openapi.ts';
import type { KeyPair } from '../types.ts';
import { deleteMany, deleteOne } from '../verbs/delete.ts';
import { logs } from '../verbs/logs.ts';
import { patch } from '../verbs/patch.ts';
import { get, list, wantsWatch } from '../verbs/read.ts';
import { bind, evict, finalize, noSubresource, review, serviceAccountToken } from '../verbs/subresources.ts';
import { targetOf } from '../verbs/target.ts';
import type { PathTarget } from '../verbs/target.ts';
import { watch } from '../verbs/watch.ts';
import { create, update } from '../verbs/write.ts';
import type { World } from '../world.ts';
import { sendBytes, sendJson, sendText } from './request.ts';
import type { Context } from './request.ts';

export interface Routes {
  readonly world: World;
  readonly openApi: OpenApi;
  readonly closing: AbortSignal;
  readonly version: object;
  readonly address: string;
  readonly kubeletClient: KeyPair;
  /** PEM of the key that service account tokens are signed with. */
  readonly tokenKey: string;
}

const open = new Set(['healthz', 'readyz', 'livez', 'version']);

export async function route(routes: Routes, context: Context): Promise<void> {
  const [first = '', ...rest] = context.path;
  if (!context.user && !open.has(first))
    throw new ApiError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
  switch (first) {
    case 'healthz':
    case 'readyz':
    case 'livez':
      sendText(context, 200, 'ok', { 'Content-Type': 'text/plain; charset=utf-8' });
      return;
    case 'version':
      sendJson(context, 200, routes.version);
      return;
    case 'api':
    case 'apis':
      await api(routes, context, first === 'api', rest);
      return;
    case 'openapi':
      openApi(routes, context, rest);
      return;
    case '':
      sendJson(context, 200, {
        paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'],
      });
      return;
    default:
      throw noSuchPath();
  }
}

function openApi(routes: Routes, context: Context, rest: readonly string[]): void {
  const [version, ...key] = rest;
  const { accept = '' } = context.request.headers;
  if (version === 'v2') {
    // Some kubectl versions take this document as protobuf only, and only when the v3 ones do not know a kind: an
    // empty document tells them that this one does not either.
    if (accept.includes('protobuf') && !/application\/json|\*\/\*/.test(accept)) {
      sendBytes(context, emptyOpenApiV2, 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
      return;
    }
    sendText(context, 200, routes.openApi.v2());
    return;
  }
  if (version !== 'v3') throw noSuchPath();
  if (key.length === 0) {
    sendText(context, 200, routes.openApi.index());
    return;
  }
  const [kind, ...parts] = key;
  const group = kind === 'apis' ? (parts[0] ?? '') : '';
  const text = routes.openApi.v3(group, parts.at(-1) ?? '');
  if (text === undefined || parts.length !== (kind === 'apis' ? 2 : 1)) throw noSuchPath();
  const etag = JSON.stringify(hashOf(text));
  if (context.request.headers['if-none-match'] === etag) {
    context.response.writeHead(304, { ETag: etag }).end();
    return;
  }
  sendText(context, 200, text, { ETag: etag, 'Cache-Control': 'public, max-age=31536000, immutable' });
}

async function api(routes: Routes, context: Context, core: boolean, rest: readonly string[]): Promise<void> {
  const { registry } = routes.world;
  if (rest.length === 0) {
    const wanted = aggregatedVersion(context.request.headers.accept);
    if (wanted)
      sendJson(context, 200, aggregate(registry, core, wanted), {
        'Content-Type': `application/json;g=apidiscovery.k8s.io;v=${wanted};as=APIGroupDiscoveryList`,
        Vary: 'Accept',
      });
    else sendJson(context, 200, core ? coreVersions(routes.address) : groupList(registry));
    return;
  }
  const group = core ? '' : (rest[0] ?? '');
  const [version, ...more] = core ? rest : rest.slice(1);
  if (version === undefined) return found(context, apiGroup(registry, group));
  if (more.length === 0) return found(context, resourceList(registry, group, version));
  await resource(routes, context, targetOf(registry, group, version, more));
}

function found(context: Context, answer: object | undefined): void {
  if (!answer) throw noSuchPath();
  sendJson(context, 200, answer);
}

async function resource(routes: Routes, context: Context, target: PathTarget): Promise<void> {
  const { world } = routes;
  const { method } = context;
  if (target.resource.verbs.length === 1) {
    if (method !== 'POST') throw methodNotAllowed();
    return review(world, context, target);
  }
  if (target.subresource !== undefined && target.subresource !== 'status')
    return subresource(routes, context, target);
  switch (method) {
    case 'GET':
    case 'HEAD':
      return read(routes, context, target);
    case 'POST':
      return create(world, context, target);
    case 'PUT':
      return update(world, context, target);
    case 'PATCH':
      return patch(world, context, target);
    case 'DELETE':
      if (target.subresource !== undefined) throw methodNotAllowed();
      return target.name === undefined
        ? deleteMany(world, context, target)
        : deleteOne(world, context, target);
    default:
      throw methodNotAllowed();
  }
}

function read(routes: Routes, context: Context, target: PathTarget): void {
  const { world, closing } = routes;
  if (target.version.warning !== undefined) context.warnings.push(target.version.warning);
  if (target.subresource === 'status' && !target.version.hasStatus) throw noSubresource(target);
  if (target.name === undefined) {
    if (wantsWatch(context.query)) watch(world, context, target, closing);
    else list(world, context, target);
    return;
  }
  get(world, context, target);
}

async function subresource(routes: Routes, context: Context, target: PathTarget): Promise<void> {
  const { world } = routes;
  const { subresource = '' } = target;
  if (!target.resource.subresources.includes(subresource)) throw noSubresource(target);
  const wanted = subresource === 'log' ? 'GET' : subresource === 'finalize' ? 'PUT' : 'POST';
  if (context.method !== wanted) throw methodNotAllowed();
  switch (subresource) {
    case 'log':
      return logs(world, context, target, routes.kubeletClient);
    case 'binding':
      return bind(world, context, target);
    case 'eviction':
      return evict(world, context, target);
    case 'token':
      return serviceAccountToken(world, context, target, routes.tokenKey);
    case 'finalize':
      return finalize(world, context, target);
    default:
      throw noSubresource(target);
  }
}
