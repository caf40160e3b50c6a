import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryShelf, openShelf } from './shelf.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'shelf-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (packed: Uint8Array | undefined): string | undefined => packed && Buffer.from(packed).toString();

describe.each([
  ['on disk', () => openShelf({ dir })],
  ['in memory', async () => createMemoryShelf()],
])('a shelf %s', (_, open) => {
  test('gives back what was put last, until it is removed', async () => {
    const shelf = await open();
    await shelf.put('a', 'sha256:1', bytes('one'));
    await shelf.put('a', 'sha256:2', bytes('two'));
    expect(shelf.digestOf('a')).toBe('sha256:2');
    expect(text(await shelf.read('a'))).toBe('two');
    await shelf.remove('a');
    expect(shelf.digestOf('a')).toBeUndefined();
    expect(await shelf.read('a')).toBeUndefined();
  });

  test('sweeps what nobody wants', async () => {
    const shelf = await open();
    await shelf.put('a', 'sha256:1', bytes('one'));
    await shelf.put('b', 'sha256:1', bytes('one'));
    await shelf.sweep((uid) => uid === 'b');
    expect(shelf.digestOf('a')).toBeUndefined();
    expect(text(await shelf.read('b'))).toBe('one');
  });
});

const files = async (): Promise<string[]> => [
  ...(await readdir(path.join(dir, 'reports'))),
  ...(await readdir(path.join(dir, 'scans'))),
];

test('a restart finds everything again, and drops what half a write left', async () => {
  const before = await openShelf({ dir });
  await before.put('a', 'sha256:1', bytes('one'));
  await before.put('b', 'sha256:2', bytes('two'));
  await writeFile(path.join(dir, 'scans', 'torn.json'), '{"uid":"c"');
  await writeFile(path.join(dir, 'reports', 'stray.tmp'), 'x');
  const after = await openShelf({ dir });
  expect(text(await after.read('a'))).toBe('one');
  expect(after.digestOf('b')).toBe('sha256:2');
  expect(await files()).toHaveLength(4);
});

test('equal reports are kept once, as long as one scan has them', async () => {
  const shelf = await openShelf({ dir });
  await shelf.put('a', 'sha256:1', bytes('one'));
  await shelf.put('b', 'sha256:1', bytes('one'));
  expect(await readdir(path.join(dir, 'reports'))).toHaveLength(1);
  await shelf.remove('a');
  expect(text(await shelf.read('b'))).toBe('one');
  await shelf.remove('b');
  expect(await files()).toEqual([]);
});

test('the oldest go when there is no more room, and what never fits is not kept', async () => {
  const shelf = await openShelf({ dir, maxBytes: 10 });
  await shelf.put('a', 'sha256:1', bytes('1111'));
  await shelf.put('b', 'sha256:2', bytes('2222'));
  await shelf.put('a', 'sha256:3', bytes('3333'));
  await shelf.put('c', 'sha256:4', bytes('4444'));
  expect(['a', 'b', 'c'].map((uid) => shelf.digestOf(uid))).toEqual(['sha256:3', undefined, 'sha256:4']);
  await shelf.put('a', 'sha256:5', bytes('x'.repeat(11)));
  expect(shelf.digestOf('a')).toBeUndefined();
  expect(await readdir(path.join(dir, 'reports'))).toHaveLength(1);
});

test.each([
  ['damaged', (file: string) => writeFile(file, 'other')],
  ['gone', (file: string) => rm(file)],
])('a report that is %s is forgotten', async (_, harm) => {
  const shelf = await openShelf({ dir });
  await shelf.put('a', 'sha256:1', bytes('one'));
  const [blob] = await readdir(path.join(dir, 'reports'));
  await harm(path.join(dir, 'reports', blob!));
  expect(await shelf.read('a')).toBeUndefined();
  expect(shelf.digestOf('a')).toBeUndefined();
});

test('a uid is never a path', async () => {
  const shelf = await openShelf({ dir });
  await shelf.put('../../etc/passwd', 'sha256:1', bytes('one'));
  expect(text(await shelf.read('../../etc/passwd'))).toBe('one');
  expect(await files()).toHaveLength(2);
});
