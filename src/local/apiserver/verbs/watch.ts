/** watch: changes as they happen, from a revision on. */
import type { ServerResponse } from 'node:http';
import { ApiError, expired } from '../api-error.ts';
import { parseAccept } from '../http/accept.ts';
import type { Accept } from '../http/accept.ts';
import { flag, numberParameter, startStream } from '../http/request.ts';
import type { Context } from '../http/request.ts';
import { apiVersionOf } from '../resources/resource.ts';
import { isEverything, matches } from '../selectors.ts';
import type { Selector } from '../selectors.ts';
import type { Change, ChangeType, Stored } from '../storage/stored.ts';
import { present } from '../table/table.ts';
import type { TableOptions } from '../table/table.ts';
import type { World } from '../world.ts';
import { page, readField, selectorOf, tableOptions } from './read.ts';
import type { PathTarget } from './target.ts';

/** A client that is further behind than this is cut off: it will list again. */
const maxBuffered = 8 * 1024 * 1024;
const bookmarkMs = 60_000;

/** Lines that several watches of the same kind share, made once a change. */
const shared = new WeakMap<Stored, Map<string, string>>();

class Watch {
  readonly #world: World;
  readonly #target: PathTarget;
  readonly #selector: Selector;
  readonly #all: boolean;
  readonly #accept: Accept;
  readonly #include: TableOptions['include'];
  readonly #response: ServerResponse;
  readonly #shareKey: string;
  #sentColumns = false;
  /** The last revision this client knows of. */
  revision: number;

  constructor(world: World, context: Context, target: PathTarget, selector: Selector, revision: number) {
    this.#world = world;
    this.#target = target;
    this.#selector = selector;
    this.#all = isEverything(selector);
    this.#accept = parseAccept(context.request.headers.accept);
    this.#include = tableOptions(world, context).include;
    this.#response = context.response;
    this.#shareKey = `${target.resource.group}/${target.version.name}`;
    this.revision = revision;
  }

  #matches(stored: Stored): boolean {
    if (this.#all) return true;
    return matches(this.#selector, stored.object, (object, field) =>
      readField(this.#target.resource, object, field),
    );
  }

  /** What a change means to this watch: objects come into and go out of a selection. */
  #meaning(change: Change): ChangeType | undefined {
    const { resource, namespace } = this.#target;
    if (change.stored.resource !== resource.key) return undefined;
    if (namespace !== '' && change.stored.namespace !== namespace) return undefined;
    if (this.#all) return change.type;
    const before = change.previous !== undefined && this.#matches(change.previous);
    if (change.type === 'DELETED') return before ? 'DELETED' : undefined;
    const after = this.#matches(change.stored);
    if (after) return before ? 'MODIFIED' : 'ADDED';
    return before ? 'DELETED' : undefined;
  }

  send(change: Change): void {
    if (change.revision <= this.revision) return;
    this.revision = change.revision;
    const type = this.#meaning(change);
    if (type) this.#line(type, change.stored);
  }

  initial(stored: Stored): void {
    this.#line('ADDED', stored);
  }

  #line(type: ChangeType, stored: Stored): void {
    this.#write(`{"type":"${type}","object":${this.#text(stored)}}\n`);
  }

  #text(stored: Stored): string {
    const { resource, version } = this.#target;
    const withColumns = !this.#sentColumns;
    this.#sentColumns = true;
    const options = { now: this.#world.clock.now(), include: this.#include, withColumns };
    if (this.#accept.form !== 'object') return present(resource, version, stored, this.#accept, options);
    const lines = shared.get(stored) ?? new Map<string, string>();
    shared.set(stored, lines);
    const known = lines.get(this.#shareKey);
    if (known !== undefined) return known;
    const made = present(resource, version, stored, this.#accept, options);
    lines.set(this.#shareKey, made);
    return made;
  }

  bookmark(initialEnd: boolean): void {
    const { resource, version } = this.#target;
    const table = this.#accept.form === 'table';
    const metadata = {
      resourceVersion: String(this.revision),
      ...(!table && { creationTimestamp: null }),
      ...(initialEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
    };
    const object = table
      ? { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: [], rows: [] }
      : { kind: resource.kind, apiVersion: apiVersionOf(resource.group, version.name), metadata };
    this.#write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }

  error(error: ApiError): void {
    this.#write(`${JSON.stringify({ type: 'ERROR', object: error.status })}\n`);
  }

  #write(line: string): void {
    if (this.#response.writableLength > maxBuffered) this.#response.destroy();
    else this.#response.write(line);
  }
}

function tooOld(revision: number, oldest: number): ApiError {
  return expired(`too old resource version: ${revision} (${oldest})`);
}

/** Answers until the client goes, `timeoutSeconds` are over, or `closing` aborts. */
export function watch(world: World, context: Context, target: PathTarget, closing: AbortSignal): void {
  const { query } = context;
  const selector = selectorOf(target, query);
  const text = query.get('resourceVersion') ?? '';
  const revision = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  const bookmarks = flag(query, 'allowWatchBookmarks');
  const initial = flag(query, 'sendInitialEvents');
  if (initial && query.get('resourceVersionMatch') !== 'NotOlderThan')
    throw new ApiError({
      code: 422,
      reason: 'Invalid',
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    });
  startStream(context, 'application/json');
  const { store } = world;
  const fresh = initial || revision === 0;
  const stream = new Watch(world, context, target, selector, fresh ? store.revision : revision);
  if (fresh && query.get('sendInitialEvents') !== 'false') {
    for (const stored of page(world, target, selector, 0, undefined).items) stream.initial(stored);
    if (initial && bookmarks) stream.bookmark(true);
  } else if (!fresh) {
    // A revision from another history, such as a data folder that was removed: the client must list again.
    const missed = revision > store.revision ? undefined : store.history.since(revision);
    if (!missed) {
      stream.error(tooOld(revision, store.history.compacted));
      context.response.end();
      return;
    }
    for (const change of missed) stream.send(change);
  }
  keepOpen(world, context, stream, bookmarks, closing);
}

function keepOpen(
  world: World,
  context: Context,
  stream: Watch,
  bookmarks: boolean,
  closing: AbortSignal,
): void {
  const { response, query } = context;
  const stopListening = world.store.listen((change) => stream.send(change));
  const seconds = numberParameter(query, 'timeoutSeconds') ?? 1800 + world.random(1800);
  const end = (): void => {
    if (bookmarks) stream.bookmark(false);
    response.end();
  };
  const stopTimeout = world.clock.after(seconds * 1000, end);
  let stopBookmarks = (): void => {};
  const schedule = (): void => {
    stopBookmarks = world.clock.after(bookmarkMs, () => {
      stream.revision = Math.max(stream.revision, world.store.revision);
      stream.bookmark(false);
      schedule();
    });
  };
  if (bookmarks) schedule();
  const abort = (): void => void response.end();
  closing.addEventListener('abort', abort, { once: true });
  response.once('close', () => {
    stopListening();
    stopTimeout();
    stopBookmarks();
    closing.removeEventListener('abort', abort);
  });
}
