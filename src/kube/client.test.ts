import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../lib/manual-clock.ts';
import { connect } from './connect.ts';
import type { ConnectOptions, KubeConnection } from './connect.ts';
import {
  isAborted,
  isAlreadyExists,
  isConflict,
  isGone,
  isNotFound,
  isUnreachable,
  KubeError,
} from './errors.ts';
import type { KubeObject, WatchEvent } from './objects.ts';
import { configMaps, nodes, pods } from './resources.ts';

type Handler = (request: http.IncomingMessage, response: http.ServerResponse, body: string) => void;

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A server that answers by `handler`, and a client on it. */
async function serve(handler: Handler, options: Partial<ConnectOptions> = {}): Promise<KubeConnection> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => handler(request, response, Buffer.concat(chunks).toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const config = { server: `http://127.0.0.1:${port}`, namespace: 'default', auth: {} };
  const client = await connect({ config, random: () => 0, ...options });
  open.push(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return client;
}

function json(response: http.ServerResponse, code: number, body: unknown, headers = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

const status = (code: number, reason: string, extra = {}) => ({
  apiVersion: 'v1',
  kind: 'Status',
  status: 'Failure',
  message: `it is ${reason}`,
  reason,
  code,
  ...extra,
});

const key = { namespace: 'default', name: 'a' };
const caught = (promise: Promise<unknown>): Promise<KubeError> =>
  promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as KubeError,
  );

async function collect(events: AsyncIterable<WatchEvent<KubeObject>>): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of events) {
    seen.push(
      event.type === 'ERROR' ? `ERROR ${event.object.code}` : `${event.type} ${event.object.metadata.name}`,
    );
  }
  return seen;
}

const line = (type: string, name: string): string =>
  `${JSON.stringify({ type, object: { metadata: { name } } })}\n`;

describe('requests', () => {
  const object = { metadata: { name: 'a', namespace: 'default' } };
  const rows: [string, (client: KubeConnection) => Promise<unknown>, string, unknown?, string?][] = [
    ['get', (c) => c.get(pods, key), 'GET /api/v1/namespaces/default/pods/a'],
    ['get cluster-scoped', (c) => c.get(nodes, { name: 'n' }), 'GET /api/v1/nodes/n'],
    ['list all', (c) => c.list(pods), 'GET /api/v1/pods'],
    [
      'list with a selector and a page',
      (c) => c.list(pods, { namespace: 'x', labelSelector: 'a=b', limit: 5, continue: 'c' }),
      'GET /api/v1/namespaces/x/pods?labelSelector=a%3Db&limit=5&continue=c',
    ],
    ['create', (c) => c.create(pods, object), 'POST /api/v1/namespaces/default/pods', object],
    [
      'create a subresource',
      (c) => c.create(pods, object, { subresource: 'binding' }),
      'POST /api/v1/namespaces/default/pods/a/binding',
      object,
    ],
    [
      'replace status',
      (c) => c.replace(pods, object, { subresource: 'status', fieldManager: 'me' }),
      'PUT /api/v1/namespaces/default/pods/a/status?fieldManager=me',
      object,
    ],
    [
      'merge patch',
      (c) => c.patch(pods, key, 'merge', { a: 1 }),
      'PATCH /api/v1/namespaces/default/pods/a',
      { a: 1 },
      'application/merge-patch+json',
    ],
    [
      'apply',
      (c) => c.patch(pods, key, 'apply', object, { fieldManager: 'me', force: true }),
      'PATCH /api/v1/namespaces/default/pods/a?fieldManager=me&force=true',
      object,
      'application/apply-patch+yaml',
    ],
    [
      'delete with a precondition',
      (c) => c.delete(pods, key, { uid: 'u', gracePeriodSeconds: 0 }),
      'DELETE /api/v1/namespaces/default/pods/a',
      { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid: 'u' } },
    ],
  ];
  it.each(rows)('%s', async (_name, call, expected, body, contentType) => {
    let seen = {};
    const client = await serve((request, response, text) => {
      seen = {
        line: `${request.method} ${request.url}`,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
        type: request.headers['content-type'],
      };
      json(response, 200, { metadata: {} });
    });
    await call(client);
    expect(seen).toEqual({
      line: expected,
      body,
      type: body === undefined ? undefined : (contentType ?? 'application/json'),
    });
  });

  it('refuses names that would reach another path', async () => {
    const client = await serve((_request, response) => json(response, 200, {}));
    for (const name of ['', '..', 'a/b']) {
      await expect(client.get(pods, { namespace: 'default', name })).rejects.toThrow(TypeError);
    }
    await expect(client.get(pods, { name: 'a' })).rejects.toThrow('no namespace');
  });

  it('reads a null list as an empty one', async () => {
    const client = await serve((_request, response) => json(response, 200, { metadata: {}, items: null }));
    expect((await client.list(pods)).items).toEqual([]);
  });

  it('reads raw answers by their type', async () => {
    const client = await serve((request, response) => {
      if (request.url === '/readyz') response.end('ok');
      else json(response, 200, { minor: '36' });
    });
    expect(await client.raw('GET', '/readyz')).toBe('ok');
    expect(await client.raw('GET', '/version')).toEqual({ minor: '36' });
  });

  it('keeps one connection for requests in a row', async () => {
    const sockets = new Set<unknown>();
    const client = await serve((request, response) => {
      sockets.add(request.socket);
      json(response, 200, { metadata: {} });
    });
    for (let i = 0; i < 5; i++) await client.get(pods, key);
    expect(sockets.size).toBe(1);
  });

  it('repeats a request whose kept connection the server had closed', async () => {
    let requests = 0;
    const client = await serve((request, response) => {
      requests++;
      if (requests === 2) request.socket.destroy();
      else json(response, 200, { metadata: { name: `${requests}` } });
    });
    await client.get(pods, key);
    expect((await client.get(pods, key)).metadata.name).toBe('3');
  });

  it('does not repeat a POST whose connection broke', async () => {
    let requests = 0;
    const client = await serve((request, response) => {
      if (++requests === 2) request.socket.destroy();
      else json(response, 200, { metadata: {} });
    });
    await client.get(pods, key);
    const error = await caught(
      client.create(configMaps, { metadata: { namespace: 'x', generateName: 'y' } }),
    );
    expect([isUnreachable(error), requests]).toEqual([true, 2]);
  });
});

describe('errors', () => {
  const helpers = { isNotFound, isAlreadyExists, isConflict, isGone };
  it.each([
    [404, 'NotFound', 'isNotFound', 'retryable'],
    [409, 'AlreadyExists', 'isAlreadyExists', 'retryable'],
    [409, 'Conflict', 'isConflict', 'retryable'],
    [410, 'Expired', 'isGone', 'retryable'],
    [422, 'Invalid', undefined, 'terminal'],
  ] as const)('%i %s', async (code, reason, helper, retry) => {
    const client = await serve((_request, response) =>
      json(response, code, status(code, reason, { details: { name: 'a' } })),
    );
    const error = await caught(client.get(pods, key));
    expect(error).toMatchObject({
      message: `it is ${reason}`,
      reason,
      statusCode: code,
      code: `Kube${reason}`,
      details: { name: 'a' },
      retry,
    });
    const matching = Object.entries(helpers).filter(([, test]) => test(error));
    expect(matching.map(([name]) => name)).toEqual(helper ? [helper] : []);
  });

  it("quotes a proxy's page", async () => {
    const client = await serve((_request, response) => {
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end('<h1>bad gateway</h1>');
    });
    const error = await caught(client.get(pods, key));
    expect(error).toMatchObject({ statusCode: 502, reason: 'InternalError' });
    expect(error.message).toContain('bad gateway');
  });

  it('says that a 200 is no JSON', async () => {
    const client = await serve((_request, response) => response.end('<html>'));
    expect(await caught(client.get(pods, key))).toMatchObject({ reason: 'InvalidResponse' });
  });

  it('refuses an answer that is too large', async () => {
    const client = await serve((_request, response) => json(response, 200, { a: 'x'.repeat(5000) }), {
      maxResponseBytes: 1000,
    });
    expect(await caught(client.get(pods, key))).toMatchObject({ reason: 'ResponseTooLarge' });
  });

  it('names what could not be reached', async () => {
    const client = await connect({ config: { server: 'http://127.0.0.1:1', namespace: 'x', auth: {} } });
    const error = await caught(client.get(pods, key));
    expect([error.reason, error.message]).toEqual(['Unreachable', expect.stringContaining('ECONNREFUSED')]);
    client.close();
  });

  it('gives up on a silent server', async () => {
    const clock = new ManualClock();
    const client = await serve(() => clock.advance(30_000), { clock });
    expect(await caught(client.get(pods, key))).toMatchObject({ reason: 'ClientTimeout' });
  });

  it('gives up on a body that never ends', async () => {
    const clock = new ManualClock();
    const client = await serve(
      (_request, response) => {
        response.writeHead(200);
        response.write('{"a":');
      },
      { clock },
    );
    const failed = caught(client.get(pods, key));
    // The header timer has been replaced by the body's once the first bytes are here.
    const state = { rejected: false };
    void failed.then(() => (state.rejected = true));
    while (!state.rejected) {
      clock.advance(10_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await failed).toMatchObject({ reason: 'ClientTimeout' });
  });

  it('fails as cancelled by the signal, before and during', async () => {
    const abort = new AbortController();
    const client = await serve(() => abort.abort());
    expect(isAborted(await caught(client.get(pods, key, abort.signal)))).toBe(true);
    expect(isAborted(await caught(client.get(pods, key, abort.signal)))).toBe(true);
  });
});

describe('429 and Retry-After', () => {
  /** Answers `code` `times` times; the clock jumps to each timer, so that waits take no time. */
  async function busy(times: number, code: number, header: string | undefined) {
    const clock = new ManualClock();
    const start = clock.now();
    let requests = 0;
    const client = await serve(
      (_request, response) => {
        if (++requests > times) return json(response, 200, { metadata: {} });
        return json(response, code, status(code, 'Busy'), header ? { 'retry-after': header } : {});
      },
      // Timers up to 29 s are waits between requests and fire at once; longer ones are time-outs and never do.
      {
        clock: {
          now: () => clock.now(),
          after: (ms, run) => (ms < 29_500 ? jump(clock, ms, run) : () => {}),
        },
      },
    );
    const result = await client.get(pods, key).catch((error: unknown) => error);
    return {
      requests,
      waited: clock.now() - start,
      failed: result instanceof KubeError ? result : undefined,
    };
  }
  function jump(clock: ManualClock, ms: number, run: () => void): () => void {
    clock.advance(ms);
    setImmediate(run);
    return () => {};
  }

  it.each([
    ['429 with seconds', 2, 429, '3', { requests: 3, waited: 6000 }],
    ['429 without', 1, 429, undefined, { requests: 2, waited: 1000 }],
    ['503 with seconds', 1, 503, '2', { requests: 2, waited: 2000 }],
  ])('%s is repeated', async (_name, times, code, header, expected) => {
    expect(await busy(times, code, header)).toEqual({ ...expected, failed: undefined });
  });
  it.each([
    ['503 without is the caller’s', 1, 503, undefined, 1, undefined],
    ['an hour is not waited for', 1, 429, '3600', 1, 3_600_000],
    ['not for ever', 99, 429, '1', 6, 1000],
  ])('%s', async (_name, times, code, header, requests, retryAfterMs) => {
    const result = await busy(times, code, header);
    expect(result.requests).toBe(requests);
    expect(result.failed).toMatchObject({ statusCode: code, retryAfterMs });
  });
});

describe('watch', () => {
  const watch = (client: KubeConnection, signal?: AbortSignal) =>
    collect(client.watch(pods, { namespace: 'default', resourceVersion: '7', signal }));

  it('asks for bookmarks and ends with the server', async () => {
    let url: string | undefined = '';
    const client = await serve((request, response) => {
      url = request.url;
      response.end(line('ADDED', 'a') + line('BOOKMARK', 'b'));
    });
    expect(await watch(client)).toEqual(['ADDED a', 'BOOKMARK b']);
    expect(url).toBe('/api/v1/namespaces/default/pods?resourceVersion=7&watch=true&allowWatchBookmarks=true');
  });

  it('joins events that are cut anywhere, inside characters too', async () => {
    const bytes = Buffer.from(line('ADDED', 'Zürich-€-𝄞') + line('DELETED', 'b'));
    const client = await serve((_request, response) => {
      let at = 0;
      const next = (): void => {
        if (at >= bytes.length) return void response.end();
        response.write(bytes.subarray(at, ++at), () => setImmediate(next));
      };
      next();
    });
    expect(await watch(client)).toEqual(['ADDED Zürich-€-𝄞', 'DELETED b']);
  });

  it('passes ERROR events on', async () => {
    const client = await serve((_request, response) =>
      response.end(`${JSON.stringify({ type: 'ERROR', object: status(410, 'Expired') })}\n`),
    );
    expect(await watch(client)).toEqual(['ERROR 410']);
  });

  it.each<[string, Handler, string]>([
    [
      'a cut connection',
      (_request, response) => {
        response.write(line('ADDED', 'a'));
        setImmediate(() => response.destroy());
      },
      'Unreachable',
    ],
    ['half a line at the end', (_request, response) => response.end('{"type":"ADD'), 'Unreachable'],
    ['a line that is no JSON', (_request, response) => response.end('hello\n'), 'InvalidResponse'],
    ['a line that is no event', (_request, response) => response.end('{"a":1}\n'), 'InvalidResponse'],
    ['a line without end', (_request, response) => response.end('x'.repeat(3000)), 'ResponseTooLarge'],
    ['410 as the answer', (_request, response) => json(response, 410, status(410, 'Expired')), 'Expired'],
  ])('fails for %s', async (_name, handler, reason) => {
    const client = await serve(handler, { maxLineBytes: 2000 });
    expect(await caught(watch(client))).toMatchObject({ reason });
  });

  it('cuts a silent connection, and only a silent one', async () => {
    const clock = new ManualClock();
    let say: (text: string) => void = () => {};
    const client = await serve(
      (_request, response) => {
        response.writeHead(200);
        say = (text) => void response.write(text);
        say(line('ADDED', 'a'));
      },
      { clock },
    );
    const events = client.watch(pods, { resourceVersion: '1' })[Symbol.asyncIterator]();
    await events.next();
    const second = events.next();
    clock.advance(100_000);
    say(line('BOOKMARK', 'b'));
    expect((await second).value).toMatchObject({ type: 'BOOKMARK' });
    const third = caught(events.next());
    clock.advance(129_000);
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1_000);
    expect(await third).toMatchObject({ reason: 'ClientTimeout' });
  });

  it('stops by the signal and by leaving the loop', async () => {
    let closed = 0;
    const client = await serve((request, response) => {
      request.socket.once('close', () => closed++);
      response.write(line('ADDED', 'a'));
    });
    const abort = new AbortController();
    const stopped = caught(
      (async () => {
        for await (const _event of client.watch(pods, { resourceVersion: '1', signal: abort.signal })) {
          abort.abort();
        }
      })(),
    );
    expect(isAborted(await stopped)).toBe(true);
    for await (const _event of client.watch(pods, { resourceVersion: '1' })) break;
    await expect.poll(() => closed).toBe(2);
  });
});

describe('logs', () => {
  it('streams bytes and stops when destroyed', async () => {
    let url: string | undefined;
    const client = await serve((request, response) => {
      url = request.url;
      response.write('one\n');
    });
    const stream = await client.logs(key, { container: 'c', follow: true, tailLines: 3 });
    const chunks: string[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk.toString());
      break;
    }
    expect(chunks).toEqual(['one\n']);
    expect(url).toBe('/api/v1/namespaces/default/pods/a/log?container=c&follow=true&tailLines=3');
  });

  it('rejects for a pod that has none', async () => {
    const client = await serve((_request, response) => json(response, 400, status(400, 'BadRequest')));
    expect(await caught(client.logs(key))).toMatchObject({ statusCode: 400 });
  });
});
