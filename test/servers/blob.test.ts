import { gunzipSync } from 'node:zlib';

import { unpackTar } from 'modern-tar';
import { afterEach, describe, expect, it } from 'vitest';

import { startBlobServer, tarGz, tarGzOf, type Blob, type BlobServer } from './blob.ts';

describe('the blob server', () => {
  let server: BlobServer | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });
  const serve = async (blob: Blob): Promise<string> => {
    server = await startBlobServer({ '/a.tar.gz': blob });
    return server.url('/a.tar.gz');
  };

  it('gives bytes, and remembers who asked', async () => {
    const url = await serve(Buffer.from('hello'));
    const answer = await fetch(url, { headers: { 'x-test': '1' } });
    expect(answer.headers.get('content-length')).toBe('5');
    expect(await answer.text()).toBe('hello');
    expect(server?.requests).toMatchObject([
      { method: 'GET', path: '/a.tar.gz', headers: { 'x-test': '1' } },
    ]);
  });

  it('knows no other path, until it is put there', async () => {
    await serve(Buffer.from(''));
    const other = server?.url('/b') ?? '';
    expect((await fetch(other)).status).toBe(404);
    server?.put('/b', { status: 302, headers: { location: '/a.tar.gz' } });
    expect((await fetch(other)).url).toBe(server?.url('/a.tar.gz'));
  });

  it('cuts the connection in the middle', async () => {
    const url = await serve({ body: Buffer.alloc(1000), cutAfter: 10 });
    const answer = await fetch(url);
    expect(answer.headers.get('content-length')).toBe('1000');
    await expect(answer.arrayBuffer()).rejects.toThrow();
  });

  it('falls silent after the head, and can still be stopped', async () => {
    const url = await serve({ body: Buffer.alloc(10), silent: true });
    const answer = await fetch(url);
    const body = answer.arrayBuffer();
    const failed = expect(body).rejects.toThrow();
    await server?.stop();
    server = undefined;
    await failed;
  });

  it('asks for a password when told to', async () => {
    const url = await serve({ body: Buffer.from('x'), credentials: { username: 'u', password: 'p' } });
    expect((await fetch(url)).status).toBe(401);
    const authorization = `Basic ${Buffer.from('u:p').toString('base64')}`;
    expect((await fetch(url, { headers: { authorization } })).status).toBe(200);
  });
});

describe('archives', () => {
  it('hold files and links', async () => {
    const entries = await unpackTar(gunzipSync(await tarGz({ 'a/b.txt': 'text', l: { link: 'a/b.txt' } })));
    expect(entries.map(({ header }) => [header.name, header.type, header.linkname ?? ''])).toEqual([
      ['a/b.txt', 'file', ''],
      ['l', 'symlink', 'a/b.txt'],
    ]);
    expect(Buffer.from(entries[0]?.data ?? []).toString()).toBe('text');
  });

  it('hold whatever name a test wants', async () => {
    const bytes = await tarGzOf([{ header: { name: '../../evil', size: 1 }, body: 'x' }]);
    expect(gunzipSync(bytes).subarray(0, 10).toString()).toBe('../../evil');
  });

  it('are the same bytes for the same files', async () => {
    expect(await tarGz({ a: '1' })).toEqual(await tarGz({ a: '1' }));
  });
});
