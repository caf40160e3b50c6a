import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TarEntry } from 'modern-tar';
import { startBlobServer, tarGz, tarGzOf } from '../../../test/servers/blob.ts';
import type { BlobServer } from '../../../test/servers/blob.ts';
import { ScanLinkError } from '../../lib/errors.ts';
import { fetchSource } from './fetch.ts';
import type { FetchOptions } from './types.ts';

let root: string;
let server: BlobServer;
let targets = 0;

const newTarget = (): string => path.join(root, 'inside', `target-${targets++}`);
const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'scan-link-blob-'));
  mkdirSync(path.join(root, 'inside'));
  server = await startBlobServer();
});
afterAll(async () => {
  await server?.stop();
  rmSync(root, { recursive: true, force: true });
});

/** Serves `bytes` and fetches them. */
async function fetchBytes(bytes: Uint8Array, options: FetchOptions = {}, into = newTarget()) {
  const name = `/blob-${targets}.tar.gz`;
  server.put(name, bytes);
  const result = await fetchSource({ blob: { url: server.url(name) } }, into, options);
  return { ...result, into };
}

async function failureOf(run: Promise<unknown>): Promise<string> {
  const error: unknown = await run.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ScanLinkError);
  expect(error).toMatchObject({ code: 'SourceFetchFailed' });
  return error instanceof Error ? error.message : '';
}

describe('a good archive', () => {
  test('comes out as it went in, and is named by its digest', async () => {
    const bytes = await tarGz({
      'app/package-lock.json': '{}',
      'app/deep/er/file.txt': 'text',
      'app/link': { link: 'deep/er' },
    });
    const { into, revision, bytes: size, kind } = await fetchBytes(bytes);
    expect({ kind, revision, size }).toEqual({ kind: 'blob', revision: digestOf(bytes), size: 6 });
    expect(readFileSync(path.join(into, 'app/deep/er/file.txt'), 'utf8')).toBe('text');
    expect(lstatSync(path.join(into, 'app/link')).isSymbolicLink()).toBe(true);
  });

  test('the revision of the spec is told on', async () => {
    server.put('/r.tar.gz', await tarGz({ a: 'a' }));
    const url = `${server.url('/r.tar.gz')}?token=s3cret`;
    server.put('/r.tar.gz?token=s3cret', await tarGz({ a: 'a' }));
    const result = await fetchSource(
      { blob: { url, revision: 'main/abc' }, git: { url: 'https://host.invalid/x' } },
      newTarget(),
    );
    expect(result).toMatchObject({ kind: 'blob', revision: 'main/abc', url: server.url('/r.tar.gz') });
  });

  test('programs in it cannot be run, and nobody else may write', async () => {
    const { into } = await fetchBytes(
      await tarGzOf([{ header: { name: 'x.sh', size: 2, mode: 0o4777 }, body: 'hi' }]),
    );
    expect(lstatSync(path.join(into, 'x.sh')).mode & 0o7133).toBe(0);
  });

  test('devices and pipes are left out', async () => {
    const { into } = await fetchBytes(
      await tarGzOf([
        { header: { name: 'null', type: 'character-device', size: 0 } },
        { header: { name: 'pipe', type: 'fifo', size: 0 } },
        { header: { name: 'a', size: 1 }, body: 'a' },
      ]),
    );
    expect(readdirSync(into)).toEqual(['a']);
  });

  test('a file is read where that is allowed', async () => {
    const file = path.join(root, 'local.tar.gz');
    writeFileSync(file, await tarGz({ a: 'a' }));
    const blob = { url: pathToFileURL(file).href };
    expect((await fetchSource({ blob }, newTarget(), { allowFile: true })).bytes).toBe(1);
    expect(await failureOf(fetchSource({ blob }, newTarget()))).toContain('its URL must begin with https://');
  });
});

const file = (name: string, body = 'x'): TarEntry => ({ header: { name, size: body.length }, body });
const symlink = (name: string, linkname: string): TarEntry => ({
  header: { name, type: 'symlink', linkname, size: 0 },
});
const hardlink = (name: string, linkname: string): TarEntry => ({
  header: { name, type: 'link', linkname, size: 0 },
});

describe('an archive that leads out of its folder is refused, by the name of the entry', () => {
  test.each<[string, TarEntry[], string]>([
    ['a name with ..', [file('../evil')], '"../evil"'],
    ['.. in the middle', [file('a/../../evil')], '"a/../../evil"'],
    ['an absolute name', [file('/tmp/scan-link-evil')], '"/tmp/scan-link-evil"'],
    ['a name with backslashes', [file('..\\evil')], '"..\\\\evil"'],
    ['a drive', [file('C:/evil')], '"C:/evil"'],
    ['a link to the folder above', [symlink('up', '..')], '"up" is a link to ".."'],
    ['an absolute link', [symlink('etc', '/etc')], '"etc" is a link to "/etc"'],
    ['a link that climbs after going down', [symlink('d/l', 'x/../../..')], '"d/l" is a link to'],
    ['a file written through a link', [symlink('d', 'e'), file('d/evil')], '"d/evil" lies behind a link'],
    ['the same in other letters', [symlink('D', 'e'), file('d/evil')], '"d/evil" lies behind a link'],
    [
      'a link made behind a link',
      [symlink('a/b', '.'), symlink('a/b/c', '../..')],
      '"a/b/c" lies behind a link',
    ],
    ['a hard link to outside', [hardlink('h', '../secret')], '"h" is a link to "../secret"'],
    [
      'a hard link through a link',
      [symlink('l', 'x'), hardlink('h', 'l/secret')],
      '"h" is a link to "l/secret"',
    ],
    ['a hard link to an absolute name', [hardlink('h', '/etc/passwd')], '"h" is a link to "/etc/passwd"'],
  ])('%s', async (_name, entries, message) => {
    const before = readdirSync(root);
    const into = newTarget();
    expect(await failureOf(fetchBytes(await tarGzOf(entries), {}, into))).toContain(message);
    expect(readdirSync(into)).toEqual([]);
    expect(readdirSync(root)).toEqual(before);
    expect(existsSync('/tmp/scan-link-evil')).toBe(false);
  });

  test('whatever the names and links, nothing is ever written outside', async () => {
    const part = fc.constantFrom('a', 'b', 'A', '..', '.', '', '/', 'c');
    const name = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
    const entry = fc.oneof(
      name.map((text) => file(text)),
      fc.tuple(name, name).map(([from, to]) => symlink(from, to)),
      fc.tuple(name, name).map(([from, to]) => hardlink(from, to)),
    );
    const fence = path.join(root, 'fence');
    mkdirSync(fence);
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 6 }), async (entries) => {
        const into = path.join(fence, 'in', 'to');
        const bytes = await tarGzOf(entries);
        await fetchBytes(bytes, {}, into).catch(() => undefined);
        expect(readdirSync(fence)).toEqual(['in']);
        expect(readdirSync(path.join(fence, 'in'))).toEqual(['to']);
        rmSync(path.join(fence, 'in'), { recursive: true });
      }),
      { numRuns: 150 },
    );
  });
});

describe('an archive that is not one, or too much', () => {
  const zeros = Buffer.alloc(96 * 1024 * 1024);

  test.each<[string, () => Promise<Uint8Array> | Uint8Array, FetchOptions, string]>([
    ['no gzip', () => Buffer.from('<html>not found</html>'), {}, 'it is no .tar.gz archive'],
    ['nothing', () => Buffer.alloc(0), {}, 'it ends early'],
    ['gzip of no tar', () => gzipSync(randomBytes(4096)), {}, 'its tar is not valid'],
    ['an empty tar', () => gzipSync(Buffer.alloc(1024)), {}, 'it holds no entries'],
    [
      'a cut archive',
      async () => (await tarGz({ a: randomBytes(5000).toString('hex') })).subarray(0, 4000),
      {},
      'it ends early',
    ],
    [
      'a cut tar',
      async () => gzipSync((await tarOf([file('a', 'x'.repeat(5000))])).subarray(0, 2048)),
      {},
      'it ends early',
    ],
    [
      'a bomb',
      () => tarGzOf([{ header: { name: 'zeros', size: zeros.length }, body: zeros }]),
      {},
      'times its size',
    ],
    [
      'more bytes than allowed',
      () => tarGz({ a: 'x'.repeat(2000) }),
      { maxBytes: 1000 },
      'it unpacks to more than 0 MB',
    ],
    [
      'more entries than allowed',
      () => tarGz({ a: '', b: '', c: '' }),
      { maxEntries: 2 },
      'it has more than 2 entries',
    ],
    ['folders without end', () => tarGz({ [`${'d/'.repeat(200)}f`]: '' }), {}, 'is nested too deeply'],
  ])('%s', async (_name, make, options, message) => {
    expect(await failureOf(fetchBytes(await make(), options))).toContain(message);
  });

  /** Without gzip. */
  async function tarOf(entries: TarEntry[]): Promise<Buffer> {
    const { gunzipSync } = await import('node:zlib');
    return gunzipSync(await tarGzOf(entries));
  }

  test('an archive changed anywhere is unpacked or refused, never a crash', async () => {
    const good = await tarOf([file('a/b.txt', 'hello'), symlink('l', 'a'), file('c.txt', 'x'.repeat(600))]);
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (at, value) => {
        const bytes = Buffer.from(good);
        bytes[at] = value;
        const outcome: unknown = await fetchBytes(gzipSync(bytes)).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'SourceFetchFailed' });
      }),
      { numRuns: 150 },
    );
  });
});

describe('a server that does not play along', () => {
  test.each<[string, number, string]>([
    ['not there', 404, 'there is nothing at that URL (HTTP 404)'],
    ['not allowed', 403, 'the server does not allow it (HTTP 403)'],
    ['busy', 429, 'the server asks to be left alone for a while (HTTP 429)'],
    ['broken', 503, 'the server has a problem (HTTP 503)'],
    ['no content', 204, 'the server did not send it (HTTP 204)'],
  ])('%s', async (name, status, message) => {
    server.put(`/${status}`, { status });
    expect(
      await failureOf(fetchSource({ blob: { url: server.url(`/${status}`) } }, newTarget())),
      name,
    ).toContain(message);
  });

  test('a connection that breaks', async () => {
    server.put('/cut', { body: await tarGz({ a: randomBytes(20_000).toString('hex') }), cutAfter: 5000 });
    expect(await failureOf(fetchSource({ blob: { url: server.url('/cut') } }, newTarget()))).toMatch(
      /terminated|ends early|broke/,
    );
  });

  test('one that never answers is left at the time limit', async () => {
    server.put('/silent', { silent: true, body: Buffer.alloc(100) });
    const run = fetchSource({ blob: { url: server.url('/silent') } }, newTarget(), { timeoutMs: 200 });
    expect(await failureOf(run)).toContain('it took longer than 0.2 s');
  });

  test('nobody at that address', async () => {
    expect(await failureOf(fetchSource({ blob: { url: 'http://127.0.0.1:1/a' } }, newTarget()))).toContain(
      'cannot be reached',
    );
  });

  test('credentials of the URL go to its host, and not to where it redirects', async () => {
    const other = await startBlobServer({ '/a.tar.gz': await tarGz({ a: 'a' }) });
    try {
      server.put('/moved', {
        status: 302,
        headers: { location: other.url('/a.tar.gz') },
        credentials: { username: 'me', password: 's3cret' },
      });
      const url = server.url('/moved');
      expect(await failureOf(fetchSource({ blob: { url } }, newTarget()))).toContain('other credentials');
      const result = await fetchSource({ blob: { url: url.replace('://', '://me:s3cret@') } }, newTarget());
      expect(result.url).toBe(url);
      expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    } finally {
      await other.stop();
    }
  });

  test.each([
    ['round and round', '/loop', 'redirected more than 10 times'],
    ['to a file', 'file:///etc/passwd', 'redirected to what is no HTTP URL'],
  ])('redirects %s', async (_name, location, message) => {
    server.put('/loop', { status: 302, headers: { location } });
    expect(await failureOf(fetchSource({ blob: { url: server.url('/loop') } }, newTarget()))).toContain(
      message,
    );
  });
});

test('a folder that holds something already is not written to', async () => {
  const into = newTarget();
  mkdirSync(into);
  writeFileSync(path.join(into, 'mine'), '');
  expect(await failureOf(fetchBytes(await tarGz({ a: 'a' }), {}, into))).toContain('is not empty');
  expect(readdirSync(into)).toEqual(['mine']);
});

test('a folder of this machine is scanned where it is', async () => {
  expect(await fetchSource({ dir: root }, newTarget())).toEqual({
    kind: 'dir',
    url: root,
    path: root,
    bytes: 0,
  });
  expect(await failureOf(fetchSource({ dir: path.join(root, 'absent') }, newTarget()))).toContain('ENOENT');
});
