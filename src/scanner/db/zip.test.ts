import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aZip } from './testing.ts';
import { ZipFile } from './zip.ts';

const limits = { maxEntryBytes: 1_000_000, maxEntries: 1000 };
let folder: string;
let count = 0;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'scan-link-zip-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function readAll(bytes: Uint8Array, own = limits): Record<string, string> {
  const file = path.join(folder, `${count++}.zip`);
  writeFileSync(file, bytes);
  const zip = new ZipFile(file, own);
  try {
    return Object.fromEntries([...zip.entries()].map((entry) => [entry.name, entry.read().toString()]));
  } finally {
    zip.close();
  }
}

describe('reads', () => {
  const files = { 'a.json': 'a'.repeat(5000), 'folder/ü.json': '{}', 'empty.json': '' };

  test.each([
    ['deflated entries', {}],
    ['stored entries', { stored: true }],
    ['zip64', { zip64: true }],
    ['an archive with a comment', { comment: 'x'.repeat(3000) }],
  ])('%s', (_name, options) => {
    expect(readAll(aZip(files, options))).toEqual(files);
  });

  test('folders are left out', () => {
    expect(readAll(aZip({ 'd/': '', 'd/a': 'x' }))).toEqual({ 'd/a': 'x' });
  });
});

describe('refuses', () => {
  test.each<[string, () => Uint8Array, string]>([
    ['what is no zip', () => Buffer.from('hello'), 'is no zip file, or ends early'],
    ['nothing', () => Buffer.alloc(0), 'is no zip file, or ends early'],
    ['a cut archive', () => aZip({ a: 'x' }).subarray(0, 40), 'is no zip file, or ends early'],
    ['an entry that inflates to more than allowed', () => aZip({ a: 'x'.repeat(2_000_000) }), 'is too large'],
    [
      'one that says less than it inflates to',
      () => aZip({ a: 'x'.repeat(2_000_000) }, { claim: 10 }),
      'larger than',
    ],
    ['an encrypted entry', () => aZip({ a: 'x' }, { flags: 1 }), 'is encrypted'],
    ['an unknown method', () => aZip({ a: 'x' }, { method: 12 }), 'is packed by method 12'],
  ])('%s', (_name, make, message) => {
    expect(() => readAll(make())).toThrow(message);
  });

  test('more entries than allowed', () => {
    const bytes = aZip(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}`, ''])));
    expect(() => readAll(bytes, { ...limits, maxEntries: 10 })).toThrow('has 20 entries, more than 10');
  });
});

test('a changed archive is read or refused, without a hang or a crash', () => {
  const good = aZip({ 'a.json': '{"id":1}'.repeat(50), 'b.json': 'x' }, { zip64: true });
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, cut) => {
      const bytes = Buffer.from(good);
      bytes[at] = value;
      for (const version of [bytes, bytes.subarray(0, cut)]) {
        try {
          readAll(version);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }
    }),
    { numRuns: 400 },
  );
});

test('the builder of these tests writes what unzip would', () => {
  const bytes = aZip({ a: 'hello' });
  expect(bytes.readUInt32LE(14)).toBe(crc32('hello'));
  expect(bytes.includes(deflateRawSync('hello'))).toBe(true);
});
