/** Sending over a real server, and over real servers broken in each way (spec.md §2, SendingResults). */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import type { RequestListener } from 'node:http';
import { createServer as createTcp } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority } from '../../test/servers/certificates.ts';
import { freePorts } from '../../test/servers/ports.ts';
import { makeLeaf } from '../local/apiserver/certificate-maker.ts';
import type { ImageScan, Scan } from '../api/kinds.ts';
import { loadConfig } from '../config/load.ts';
import { FakeClient } from '../kube/fake-client.ts';
import { secrets } from '../kube/resources.ts';
import { aComponent, aFinding, aReport } from '../report/builders.ts';
import { createToken, openStoreDb } from '../store/db/index.ts';
import type { StoreDb } from '../store/db/index.ts';
import { startStoreServer } from '../store/http/server.ts';
import type { StoreServer } from '../store/http/server.ts';
import { ask } from '../store/testing.ts';
import { createStoreClient } from './result-store-client.ts';

const authority = createAuthority('store-test');
const folder = mkdtempSync(path.join(tmpdir(), 'scan-link-send-'));
const digest = `sha256:${'1'.repeat(64)}`;
const report = aReport({
  subject: { name: 'app', version: digest },
  components: [aComponent({ findings: [aFinding()] })],
});
const scan: ImageScan = {
  metadata: { name: 's', namespace: 'default', uid: 'u' },
  spec: { registry: { image: 'registry.test:5000/team/app:1' }, scanTemplate: 't' },
};
const git: Scan = {
  metadata: { name: 's', namespace: 'default', uid: 'u' },
  spec: { git: { url: 'git@git.test:team/app.git', username: 'git' }, scanTemplate: 't' },
};

let store: StoreDb;
let server: StoreServer;
let token: string;
beforeAll(async () => {
  store = await openStoreDb({ location: path.join(folder, 'store.db') });
  server = await startStoreServer({ store, port: 0, tls: authority.issueServer(), maxBodyBytes: 100_000 });
  ({ token } = await createToken(store, { name: 'controller', role: 'write' }));
});
afterAll(async () => {
  await server.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const closing: Server[] = [];
afterEach(() => {
  for (const each of closing.splice(0)) each.close();
});

/** @param ca undefined makes no Secret */
async function clientOf(url: string, given: { ca?: string; token?: string } = {}, timeoutMs?: number) {
  const kube = new FakeClient();
  const ca = 'ca' in given ? given.ca : authority.cert;
  const auth = 'token' in given ? given.token : token;
  const put = (name: string, namespace: string, key: string, value: string | undefined) =>
    value !== undefined &&
    kube.create(secrets, {
      metadata: { name, namespace },
      data: { [key]: Buffer.from(value).toString('base64') },
    } as never);
  await put('app-tls-cert', 'scan-link-system', 'ca.crt', ca);
  await put('auth', 'elsewhere', 'auth_token', auth);
  const config = loadConfig({
    env: {},
    flags: {
      'metadataStore.url': url,
      'metadataStore.authSecret.name': 'auth',
      'metadataStore.authSecret.importFromNamespace': 'elsewhere',
    },
  });
  const client = createStoreClient(kube, config, timeoutMs);
  return {
    kube,
    put,
    send: (what: Scan = scan, it = report) =>
      client.send(it, what, 'ImageScan', new AbortController().signal),
  };
}

async function listening(made: Server, host = '127.0.0.1'): Promise<number> {
  closing.push(made);
  made.listen(0, host);
  await once(made, 'listening');
  return (made.address() as AddressInfo).port;
}

async function answering(listener: RequestListener, pair = authority.issueServer()): Promise<string> {
  return `https://127.0.0.1:${await listening(createHttps(pair, listener))}`;
}

describe('a store that works', () => {
  test('has the report, and metadataUrl opens it', async () => {
    const { send } = await clientOf(`${server.url}/`);
    const { metadataUrl } = await send();
    expect(metadataUrl).toBe(`${server.url}/api/images?digest=sha256%3A${'1'.repeat(64)}`);
    const opened = await ask(metadataUrl ?? '', { ca: authority.cert, token });
    expect(opened.json).toMatchObject({
      Registry: 'registry.test:5000',
      Name: 'team/app',
      Digest: digest,
      Packages: [{ Name: 'left-pad', Vulnerabilities: [{ CVEID: 'CVE-2024-0001' }] }],
    });
    await send();
    const reports = await store.db.selectFrom('reports').selectAll().execute();
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ scan: 's', namespace: 'default' });
  });

  test('of a source finds it by repository, commit and organization', async () => {
    const { send } = await clientOf(server.url);
    const { metadataUrl } = await send(git, aReport({ subject: { version: '0eb5fcd1' } }));
    expect(metadataUrl).toBe(`${server.url}/api/sources?repo=app&sha=0eb5fcd1&org=team`);
    const opened = await ask(metadataUrl ?? '', { ca: authority.cert, token });
    expect(opened.json).toMatchObject([{ Host: 'git.test', Repository: 'app', Sha: '0eb5fcd1' }]);
  });

  test('and whose secret comes later needs no restart', async () => {
    const late = await clientOf(server.url, { token: undefined });
    await expect(late.send()).rejects.toMatchObject({
      code: 'StoreUnauthorized',
      message: expect.stringContaining('Secret "auth" in namespace "elsewhere"'),
    });
    await late.put('auth', 'elsewhere', 'auth_token', token);
    expect(await late.send()).toHaveProperty('metadataUrl');
  });

  test('and knows only the earlier API is sent its models', async () => {
    const posted: unknown[] = [];
    const url = await answering((request, response) => {
      const isOld = request.url === '/api/imageReport';
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        if (isOld) posted.push(JSON.parse(text));
        response.writeHead(isOld ? 200 : 404).end('{}');
      });
    });
    const { send } = await clientOf(url);
    await send();
    expect(posted).toMatchObject([
      { Name: 'team/app', Digest: digest, Packages: [{ Vulnerabilities: [{ CVEID: 'CVE-2024-0001' }] }] },
    ]);
  });
});

describe('a store that is broken is named with its cause', () => {
  const day = 24 * 60 * 60 * 1000;
  const expired = makeLeaf(authority, 'store-test', {
    subject: { commonName: 'localhost' },
    use: 'server',
    now: Date.now() - 10 * day,
    days: 1,
  });
  const status = (code: number, body = ''): Promise<string> =>
    answering((request, response) => {
      request.resume();
      request.on('end', () => response.writeHead(code).end(body));
    });
  const rows: [what: string, url: () => Promise<string>, code: string, words: RegExp][] = [
    ['unknown host', async () => 'https://store.invalid:8443', 'StoreUnreachable', /host name .* \(DNS\)/],
    [
      'refused',
      async () => `https://127.0.0.1:${(await freePorts(1))[0]}`,
      'StoreUnreachable',
      /connection refused/,
    ],
    [
      'unknown authority',
      () => answering(() => {}, createAuthority('other').issueServer()),
      'StoreUnreachable',
      /TLS: .*unknown authority/,
    ],
    ['expired', () => answering(() => {}, expired), 'StoreUnreachable', /TLS: its certificate has expired/],
    [
      'wrong name',
      // Certificates of the test authority are for 127.0.0.1, localhost and ::1.
      async () => {
        const port = await listening(createHttps(authority.issueServer()), '127.0.0.2');
        return `https://127.0.0.2:${port}`;
      },
      'StoreUnreachable',
      /TLS: its certificate is for another host name/,
    ],
    [
      'no TLS',
      async () => {
        const port = await listening(createTcp((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n')));
        return `https://127.0.0.1:${port}`;
      },
      'StoreUnreachable',
      /TLS|cut/,
    ],
    ['cut', () => answering((request) => request.socket.destroy()), 'StoreUnreachable', /connection was cut/],
    ['silent', () => answering(() => {}), 'StoreUnreachable', /did not answer within 0.3 s/],
    [
      '401',
      () => status(401, '{"Message":"expired"}'),
      'StoreUnauthorized',
      /401 the token is not accepted.*: expired/,
    ],
    ['403', () => status(403), 'StoreUnauthorized', /403 the token may not write/],
    ['404', () => status(404), 'StoreRefused', /404 there is no metadata store at this URL/],
    ['413', () => status(413), 'StoreRefused', /413 the report is larger/],
    ['400', () => status(400, '{"detail":"no image"}'), 'StoreRefused', /400 .*: no image/],
    ['500', () => status(500, '<html>secret</html>'), 'StoreUnreachable', /500 the store failed$/],
    ['503', () => status(503), 'StoreUnreachable', /503 the store failed/],
  ];
  test.each(rows)('%s', async (_, make, code, words) => {
    const url = await make();
    const { send } = await clientOf(url, {}, 300);
    const error: unknown = await send().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(words) });
    expect((error as Error).message).toContain(url);
    expect((error as Error).message).not.toContain(token);
  });

  test('a report larger than the store takes is refused by a real store', async () => {
    const { send } = await clientOf(server.url);
    const many = Array.from({ length: 3000 }, (_, at) => aComponent({ ref: `${at}`, name: `n${at}` }));
    await expect(send(scan, aReport({ components: many }))).rejects.toMatchObject({ code: 'StoreRefused' });
  });

  test('a token that may only read is refused by a real store', async () => {
    const reader = await createToken(store, { name: 'r', role: 'read' });
    const { send } = await clientOf(server.url, { token: reader.token });
    await expect(send()).rejects.toMatchObject({
      code: 'StoreUnauthorized',
      message: expect.stringContaining('403'),
    });
  });
});
