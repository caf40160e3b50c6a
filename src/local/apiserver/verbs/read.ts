/** get and list. */
import { badRequest, expired, fromTheFuture, notFound } from '../api-error.ts';
import { parseAccept } from '../http/accept.ts';
import { flag, numberParameter, sendText } from '../http/request.ts';
import type { Context } from '../http/request.ts';
import type { Resource } from '../resources/resource.ts';
import { apiVersionOf } from '../resources/resource.ts';
import {
  everything,
  isEverything,
  matches,
  parseFieldSelector,
  parseLabelSelector,
  selectedName,
} from '../selectors.ts';
import type { Selector } from '../selectors.ts';
import type { Stored } from '../storage/stored.ts';
import { present, tableOf } from '../table/table.ts';
import type { TableOptions } from '../table/table.ts';
import type { Obj } from '../types.ts';
import { serveText } from '../world.ts';
import type { World } from '../world.ts';
import type { PathTarget } from './target.ts';

/** Objects in one answer when the client sets no limit: everything it asked for, as kube-apiserver gives it. */
const pageSize = 500;

export function tableOptions(world: World, context: Context): TableOptions {
  const include = context.query.get('includeObject');
  return {
    now: world.clock.now(),
    include: include === 'None' || include === 'Object' ? include : 'Metadata',
  };
}

export function readField(resource: Resource, object: Obj, field: string): string {
  if (field === 'metadata.name') return object.metadata.name ?? '';
  if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
  const read = resource.strategy.fields?.[field] ?? resource.strategy.fields?.[coreField(field)];
  return read?.(object) ?? '';
}

/** events.k8s.io calls it `regarding`. */
const coreField = (field: string): string => field.replace(/^regarding\./, 'involvedObject.');

/** @throws ApiError 400 */
export function selectorOf(target: PathTarget, query: URLSearchParams): Selector {
  const labels = query.get('labelSelector');
  const fields = query.get('fieldSelector');
  if (!labels && !fields) return everything;
  const own = Object.keys(target.resource.strategy.fields ?? {});
  const supported = [
    'metadata.name',
    'metadata.namespace',
    ...own,
    ...own.map((field) => field.replace(/^involvedObject\./, 'regarding.')),
  ];
  return {
    labels: labels ? parseLabelSelector(labels) : [],
    fields: fields ? parseFieldSelector(fields, supported) : [],
  };
}

export function getObject(world: World, target: PathTarget): Stored {
  const found = world.store.get(target.resource.key, target.namespace, target.name ?? '');
  if (!found) throw notFound(target.resource, target.name ?? '');
  return found;
}

export function get(world: World, context: Context, target: PathTarget): void {
  const stored = getObject(world, target);
  const options = { ...tableOptions(world, context), withColumns: true };
  const accept = parseAccept(context.request.headers.accept);
  sendText(context, 200, present(target.resource, target.version, stored, accept, options));
}

interface Token {
  readonly revision: number;
  readonly after: readonly [string, string];
}

function encodeToken(token: Token): string {
  return Buffer.from(JSON.stringify([token.revision, ...token.after])).toString('base64url');
}

function decodeToken(world: World, text: string): Token {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    parsed = undefined;
  }
  const texts = Array.isArray(parsed) ? parsed.slice(1) : [];
  if (
    !Array.isArray(parsed) ||
    !Number.isInteger(parsed[0]) ||
    texts.length !== 2 ||
    texts.some((part) => typeof part !== 'string')
  )
    throw badRequest('continue key is not valid: it is not a token of this server');
  const [revision, namespace, name] = parsed as [number, string, string];
  if (revision < world.store.history.compacted)
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
    );
  return { revision, after: [namespace, name] };
}

export interface Page {
  readonly items: readonly Stored[];
  readonly continue?: string;
  readonly remaining?: number;
}

/**
 * The objects that a list request means. Pages after the first show what is there now, not what was there when the
 * first was made; `resourceVersion` says the first's revision, so that a watch from it misses nothing.
 */
export function page(
  world: World,
  target: PathTarget,
  selector: Selector,
  limit: number,
  token: Token | undefined,
): Page {
  const { resource } = target;
  const name = selectedName(selector);
  const wanted = (stored: Stored): boolean =>
    matches(selector, stored.object, (object, field) => readField(resource, object, field));
  if (name !== undefined && (target.namespace !== '' || !resource.namespaced)) {
    const found = world.store.get(resource.key, target.namespace, name);
    return { items: found && wanted(found) ? [found] : [] };
  }
  const all = isEverything(selector);
  const namespace = target.namespace === '' ? undefined : target.namespace;
  const items: Stored[] = [];
  let after = token?.after;
  for (;;) {
    const size = limit > 0 && all ? Math.min(pageSize, limit - items.length + 1) : pageSize;
    const rows = world.store.page(resource.key, { namespace, after, limit: size });
    for (const row of rows) {
      if (!all && !wanted(row)) continue;
      if (limit > 0 && items.length === limit) {
        const last = items.at(-1);
        if (!last) break;
        const next = encodeToken({
          revision: token?.revision ?? world.store.revision,
          after: [last.namespace, last.name],
        });
        return {
          items,
          continue: next,
          ...(all && { remaining: remainingAfter(world, target, items, token) }),
        };
      }
      items.push(row);
    }
    const last = rows.at(-1);
    if (!last || rows.length < size) return { items };
    after = [last.namespace, last.name];
  }
}

/** Known for the first page only; later ones leave it out. */
function remainingAfter(
  world: World,
  target: PathTarget,
  items: readonly Stored[],
  token: Token | undefined,
): number | undefined {
  if (token) return undefined;
  const namespace = target.namespace === '' ? undefined : target.namespace;
  return world.store.count(target.resource.key, namespace) - items.length;
}

export function list(world: World, context: Context, target: PathTarget): void {
  const { resource, version } = target;
  const selector = selectorOf(target, context.query);
  const continued = context.query.get('continue');
  const token = continued ? decodeToken(world, continued) : undefined;
  const limit = numberParameter(context.query, 'limit') ?? 0;
  const asked = numberParameter(context.query, 'resourceVersion') ?? 0;
  if (asked > world.store.revision) throw fromTheFuture(asked, world.store.revision);
  const result = page(world, target, selector, limit, token);
  const metadata = {
    resourceVersion: String(token?.revision ?? world.store.revision),
    ...(result.continue !== undefined && { continue: result.continue }),
    ...(result.remaining !== undefined && { remainingItemCount: result.remaining }),
  };
  const accept = parseAccept(context.request.headers.accept);
  if (accept.form === 'table') {
    const objects = result.items.map((stored) => stored.object);
    const options = { ...tableOptions(world, context), withColumns: true, metadata };
    sendText(context, 200, JSON.stringify(tableOf(resource, version, objects, options)));
    return;
  }
  const metaOnly = accept.form === 'metadata';
  const head = JSON.stringify({
    kind: metaOnly ? 'PartialObjectMetadataList' : resource.listKind,
    apiVersion: metaOnly ? 'meta.k8s.io/v1' : apiVersionOf(resource.group, version.name),
    metadata,
  });
  const options = { ...tableOptions(world, context), withColumns: false };
  const items = metaOnly
    ? result.items.map((stored) => present(resource, version, stored, accept, options))
    : result.items.map((stored) => serveText(resource, version, stored));
  sendText(context, 200, `${head.slice(0, -1)},"items":[${items.join(',')}]}`);
}

export const wantsWatch = (query: URLSearchParams): boolean => flag(query, 'watch');
