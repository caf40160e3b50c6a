/** The earlier API over a real TLS server, and what a hostile client gets. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority } from '../../../test/servers/certificates.ts';
import { ManualClock } from '../../lib/manual-clock.ts';
import { cycloneDxText } from '../../report/index.ts';
import { aComponent, aFinding, aReport } from '../../report/builders.ts';
import { createToken, openStoreDb } from '../db/index.ts';
import type { StoreDb } from '../db/index.ts';
import { ask } from '../testing.ts';
import type { Asking } from '../testing.ts';
import { startStoreServer } from './server.ts';
import type { StoreServer } from './server.ts';

const authority = createAuthority('store-test');
const folder = mkdtempSync(path.join(tmpdir(), 'scan-link-store-http-'));
const clock = new ManualClock();
let store: StoreDb;
let server: StoreServer;
let tokens: Record<'read' | 'write', string>;

beforeAll(async () => {
  store = await openStoreDb({ location: path.join(folder, 'store.db'), clock });
  server = await startStoreServer({
    store,
    port: 0,
    tls: authority.issueServer(),
    maxBodyBytes: 1024 * 1024,
  });
  tokens = {
    read: (await createToken(store, { name: 'reader', role: 'read' })).token,
    write: (await createToken(store, { name: 'writer', role: 'write' })).token,
  };
});
afterAll(async () => {
  await server.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const call = (url: string, how: Partial<Asking> = {}) =>
  ask(server.url + url, { ca: authority.cert, token: tokens.write, ...how });
const post = (url: string, body: unknown, how: Partial<Asking> = {}) =>
  call(url, { body: JSON.stringify(body), ...how });

const vulnerability = (CVEID: string, Severity: string) => ({
  CVEID,
  Description: `what ${CVEID} is`,
  CNA: 'NVD',
  URL: `https://nvd.test/${CVEID}`,
  Ratings: [{ Vector: 'AV:L/AC:L/Au:N/C:P/I:P/A:P', Score: 4.6, MethodTypeID: 1, Severity }],
  References: ['https://ref.test'],
});
const anImage = {
  Name: 'library/burger',
  Registry: 'registry.test',
  Digest: 'sha256:abc',
  Packages: [
    {
      Name: 'bun',
      Version: 'v2',
      PackageManager: 'npm',
      Homepage: 'https://bun.test',
      Vulnerabilities: [vulnerability('CVE-2020-1', 'High'), vulnerability('CVE-2020-2', 'Low')],
    },
  ],
  Sources: [
    {
      Repository: 'kitchen',
      Organization: 'cooks',
      Host: 'git.test',
      Sha: '0eb5fcd1',
      Packages: [{ Name: 'salt', Version: '1', PackageManager: 'go', Vulnerabilities: null }],
    },
  ],
};

describe('the earlier API', () => {
  beforeAll(async () => {
    expect((await post('/api/imageReport', anImage)).status).toBe(200);
    const source = { ...anImage.Sources[0], Sha: 'ffff', Packages: anImage.Packages };
    expect((await post('/api/sourceReport', source)).status).toBe(200);
  });

  test('answers with the image that was posted, in the keys of its models', async () => {
    const { status, json } = await post('/api/imageReport', anImage);
    expect(status).toBe(200);
    expect(json).toEqual({
      ID: expect.any(Number),
      Name: 'library/burger',
      Registry: 'registry.test',
      Digest: 'sha256:abc',
      Packages: [
        {
          ID: expect.any(Number),
          Name: 'bun',
          Version: 'v2',
          PackageManager: 'npm',
          Homepage: 'https://bun.test',
          Images: [],
          Sources: [],
          Vulnerabilities: ['High', 'Low'].map((Severity, at) => ({
            ID: expect.any(Number),
            ...vulnerability(`CVE-2020-${at + 1}`, Severity),
            Ratings: [
              {
                ID: expect.any(Number),
                Vector: 'AV:L/AC:L/Au:N/C:P/I:P/A:P',
                Score: 4.6,
                MethodType: { ID: 1, Name: 'CVSSv2' },
                MethodTypeID: 1,
                Severity,
              },
            ],
            Packages: [],
          })),
        },
      ],
      Sources: [
        {
          ID: expect.any(Number),
          Repository: 'kitchen',
          Organization: 'cooks',
          Host: 'git.test',
          Sha: '0eb5fcd1',
          Packages: [],
          Images: [],
          DeletedAt: null,
        },
      ],
    });
  });

  const answers: [path: string, keys: string, values: unknown][] = [
    ['/api/sources?repo=kitchen&sha=0eb5fcd1&org=cooks', 'Repository', ['kitchen']],
    ['/api/sources?org=cooks', 'Sha', ['0eb5fcd1', 'ffff']],
    ['/api/sources?org=nobody', 'Sha', []],
    ['/api/images/sha256:abc/packages', 'Name', ['bun']],
    ['/api/images/packages?name=library%2Fburger', 'Name', ['bun']],
    ['/api/images/sha256:abc/vulnerabilities', 'CVEID', ['CVE-2020-1', 'CVE-2020-2']],
    ['/api/images/sha256:abc/vulnerabilities?Severity=hIGH', 'CVEID', ['CVE-2020-1']],
    ['/api/sources/ffff/packages', 'Name', ['bun']],
    ['/api/sources/kitchen/packages', 'Name', ['bun', 'salt']],
    ['/api/sources/packages?sha=0eb5fcd1', 'Name', ['salt']],
    ['/api/sources/ffff/vulnerabilities', 'CVEID', ['CVE-2020-1', 'CVE-2020-2']],
    ['/api/sources/vulnerabilities?repo=kitchen&Severity=low', 'CVEID', ['CVE-2020-2']],
    ['/api/packages?name=bun&version=v2', 'Name', ['bun']],
    ['/api/packages/bun/images', 'Digest', ['sha256:abc']],
    ['/api/packages/bun/sources', 'Sha', ['ffff']],
    ['/api/packages/bun/vulnerabilities', 'CVEID', ['CVE-2020-1', 'CVE-2020-2']],
    ['/api/vulnerabilities?CVEID=CVE-2020-1', 'CVEID', ['CVE-2020-1']],
    ['/api/vulnerabilities?CVEID=CVE-2020-1&Severity=Low', 'CVEID', []],
    ['/api/vulnerabilities/CVE-2020-1/images', 'Digest', ['sha256:abc']],
    ['/api/vulnerabilities/CVE-2020-1/packages', 'Name', ['bun']],
    ['/api/vulnerabilities/CVE-2020-1/sources', 'Sha', ['ffff']],
  ];
  test.each(answers)('%s gives %s %j', async (url, key, values) => {
    const { status, json } = await call(url, { token: tokens.read });
    expect(status).toBe(200);
    expect((json as Record<string, unknown>[]).map((one) => String(one[key])).sort()).toEqual(values);
  });

  test('/api/images gives the one image, with its packages and their vulnerabilities', async () => {
    const { json } = await call('/api/images?digest=sha256:abc');
    expect(json).toMatchObject({ Digest: 'sha256:abc', Packages: [{ Vulnerabilities: [{}, {}] }] });
    const { ID } = json as { ID: number };
    expect((await call(`/api/images?id=${ID}`)).json).toEqual(json);
  });

  test('health is empty, and needs no token', async () => {
    const { status, text } = await call('/api/health', { token: undefined });
    expect([status, text]).toEqual([200, '']);
  });
});

describe('a refusal is an ErrorMessage with its status', () => {
  const rows: [what: string, url: string, how: Partial<Asking>, status: number, words: RegExp][] = [
    ['no token', '/api/images?id=1', { token: undefined }, 401, /a token is needed/],
    ['an unknown token', '/api/images?id=1', { token: 'slst_x' }, 401, /not known/],
    ['no token, nowhere', '/nowhere', { token: undefined }, 401, /a token is needed/],
    ['nowhere', '/nowhere', {}, 404, /nothing at this path/],
    ['no such image', '/api/images?digest=none', {}, 404, /no such image/],
    ['nothing asked', '/api/images', {}, 400, /id, name or digest/],
    ['an id that is none', '/api/sources?id=1%27', {}, 400, /id is no number/],
    ['a severity that is none', '/api/vulnerabilities?CVEID=x&Severity=bad', {}, 400, /Severity is none of/],
    ['half JSON', '/api/imageReport', { body: '{"Name":' }, 400, /JSON/],
    ['no image', '/api/imageReport', { body: '{"Name":"x"}' }, 400, /Registry/],
    ['a prototype', '/api/imageReport', { body: '{"__proto__":{"a":1}}' }, 400, /not valid JSON/],
    ['too large', '/api/imageReport', { body: `"${'x'.repeat(1024 * 1024)}"` }, 413, /too large/i],
    [
      'a wrong type',
      '/api/imageReport',
      { body: '{}', headers: { 'content-type': 'text/csv' } },
      415,
      /Unsupported/,
    ],
    [
      'an unknown encoding',
      '/api/imageReport',
      { body: '{}', headers: { 'content-encoding': 'br' } },
      415,
      /gzip/,
    ],
    ['no gzip', '/api/imageReport', { body: '{}', headers: { 'content-encoding': 'gzip' } }, 400, /gzip/],
    ['a path trick', '/api/images/..%2f..%2fetc%2fpasswd/packages', {}, 404, /no such image/],
  ];
  test.each(rows)('%s', async (_, url, how, status, words) => {
    const reply = await call(url, how);
    expect([reply.status, reply.json]).toEqual([status, { Message: expect.stringMatching(words) }]);
  });

  test('a reader may not write', async () => {
    const { status, json } = await post('/api/imageReport', anImage, { token: tokens.read });
    expect([status, json]).toEqual([403, { Message: 'the token may read, and this needs write' }]);
  });

  test('a gzip bomb is refused for what it becomes', async () => {
    const body = gzipSync(Buffer.alloc(200 * 1024 * 1024, ' '));
    expect(body.length).toBeLessThan(1024 * 1024);
    const { status } = await call('/api/imageReport', { body, headers: { 'content-encoding': 'gzip' } });
    expect(status).toBe(413);
  });

  test('what is no TLS is cut, and the server lives', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await new Promise((resolve) => socket.on('close', resolve).on('error', () => {}));
    expect((await call('/api/health')).status).toBe(200);
  });
});

describe('documents', () => {
  const report = aReport({ components: [aComponent({ findings: [aFinding({ id: 'CVE-2024-77' })] })] });
  const document = cycloneDxText(report, { version: '1.6' });
  const upload = '/api/v2/reports?kind=image&name=app&digest=sha256:d';

  test('are taken in, compressed or not, and given back as they came', async () => {
    const first = await call(upload, {
      body: gzipSync(document),
      headers: { 'content-encoding': 'gzip', 'content-type': 'application/vnd.cyclonedx+json; version=1.6' },
    });
    expect(first.status).toBe(201);
    const second = await call(upload, { body: document });
    expect(second.status).toBe(200);
    expect(second.json).toEqual({ ...(first.json as object), created: false });
    const digest = `sha256:${createHash('sha256').update(document).digest('hex')}`;
    expect(first.json).toMatchObject({ document: digest });
    const back = await call(`/api/v2/documents/${digest}`, { token: tokens.read });
    expect(back.text).toBe(document);
    expect(back.headers['content-type']).toBe('application/vnd.cyclonedx+json');
    const again = await call(`/api/v2/documents/${digest}`, {
      headers: { 'if-none-match': back.headers.etag },
    });
    expect(again.status).toBe(304);
    expect((await call('/api/vulnerabilities/CVE-2024-77/images')).json).toMatchObject([
      { Digest: 'sha256:d' },
    ]);
  });

  test('that are none, and artifacts that are none, are problems with a code', async () => {
    const none = await call(upload, { body: '{"a":1}' });
    expect(none.headers['content-type']).toMatch('application/problem+json');
    expect([none.status, none.json]).toMatchObject([400, { code: 'ReportFormatUnknown', status: 400 }]);
    const nothing = await call('/api/v2/reports?kind=image', { body: document });
    expect([nothing.status, nothing.json]).toMatchObject([400, { code: 'BadRequest' }]);
  });
});

test('a new certificate is shown to new connections', async () => {
  const other = createAuthority('next');
  server.reload(other.issueServer());
  expect((await ask(`${server.url}/api/health`, { ca: other.cert })).status).toBe(200);
  await expect(ask(`${server.url}/api/health`, { ca: authority.cert })).rejects.toThrow();
  server.reload(authority.issueServer());
});
