import { randomBytes } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScanLinkError } from '../lib/errors.ts';
import { decodeEnvelope, encodeEnvelope } from './envelope.ts';

async function gather<T>(from: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of from) all.push(one);
  return all;
}

async function pack(document: Uint8Array, chunk = 1 << 16): Promise<string[]> {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < document.length; at += chunk) parts.push(document.subarray(at, at + chunk));
  return gather(encodeEnvelope(parts));
}

async function unpack(
  text: string | Uint8Array,
  options: { size?: number; maxBytes?: number } = {},
): Promise<Buffer> {
  const bytes = Buffer.from(text);
  const size = options.size ?? 1 << 16;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  return Buffer.concat(await gather(decodeEnvelope(chunks(), options.maxBytes ?? 1 << 30)));
}

async function refusal(
  text: string | Uint8Array,
  options?: { size?: number; maxBytes?: number },
): Promise<string> {
  const thrown: unknown = await unpack(text, options).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof ScanLinkError) return `${thrown.code}: ${thrown.message}`;
  throw new Error('not refused as it should be', { cause: thrown });
}

const document = Buffer.concat([randomBytes(50_000), Buffer.alloc(100_000, 'abc')]);

describe('an envelope', () => {
  test('gives any document back, in any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 20_000 }),
        fc.integer({ min: 1, max: 5000 }),
        async (bytes, size) => {
          expect(await unpack((await pack(bytes, size)).join(''), { size })).toEqual(Buffer.from(bytes));
        },
      ),
      { numRuns: 50 },
    );
  });

  test('is the same every time, and however the document came', async () => {
    expect(await pack(document)).toEqual(await pack(document));
    for (const size of [777, 65_536, 150_000])
      expect((await pack(document, size)).join('') === (await pack(document)).join('')).toBe(true);
    const whole = document.subarray(0, 131_072);
    expect((await pack(whole, 100)).join('') === (await pack(whole)).join('')).toBe(true);
  });

  test('has lines that no log splits, each whole', async () => {
    const lines = await pack(document);
    for (const line of lines) {
      expect(line.length).toBeLessThan(8192);
      expect(line.endsWith('\n')).toBe(true);
    }
    expect(lines.at(-1)).toMatch(/^-----END SCAN LINK REPORT 150000 sha256:[0-9a-f]{64}-----\n$/);
  });

  test('survives lines of others between, carriage returns, and what follows', async () => {
    const lines = await pack(document);
    const noisy = lines.flatMap((line) => [line.replace('\n', '\r\n'), `WARN ${'x'.repeat(20_000)}\n`, '\n']);
    expect(await unpack(`${noisy.join('')}bye`, { size: 1000 })).toEqual(document);
  });
});

describe('an envelope that came badly', () => {
  test.each<[string, (lines: string[]) => string | Uint8Array, RegExp]>([
    ['without its trailer', (lines) => lines.slice(0, -1).join(''), /^ReportTruncated: report truncated/],
    [
      'cut in a line',
      (lines) => lines.join('').slice(0, -5000),
      /^ReportTruncated: report truncated|^ReportDamaged/,
    ],
    ['with a line lost', (lines) => lines.toSpliced(3, 1).join(''), /^ReportDamaged/],
    [
      'with two lines swapped',
      (lines) => [...lines.slice(0, 2), lines[3], lines[2], ...lines.slice(4)].join(''),
      /^ReportDamaged/,
    ],
    [
      'with a character changed',
      (lines) => lines.toSpliced(2, 1, (lines[2] ?? '').replace(/^\|.{9}/, '|AAAAAAAAA')).join(''),
      /^ReportDamaged/,
    ],
    [
      'with a line that is no base64',
      (lines) => lines.toSpliced(2, 1, '|§§§§\n').join(''),
      /^ReportDamaged: a line .* is damaged \(line 3\)/,
    ],
    [
      'with another digest',
      (lines) => lines.join('').replace(/sha256:.{8}/, 'sha256:00000000'),
      /^ReportDamaged: .* digest/,
    ],
    [
      'with another length',
      (lines) => lines.join('').replace('REPORT 150000', 'REPORT 150001'),
      /150000 bytes where 150001/,
    ],
    [
      'of a later version',
      (lines) => lines.join('').replace('REPORT 1 zstd', 'REPORT 2 zstd'),
      /^ReportFormatUnknown: .*version 2/,
    ],
    [
      'with a damaged header',
      (lines) => lines.join('').replace('zstd-----', 'zs'),
      /^ReportDamaged: the first line/,
    ],
    [
      'with content that is not compressed',
      (lines) => [lines[0], `|${Buffer.from('plain').toString('base64')}\n`, lines.at(-1)].join(''),
      /^ReportDamaged: .*decompressed/,
    ],
    ['with nothing in it', (lines) => [lines[0], lines.at(-1)].join(''), /^ReportDamaged/],
  ])('%s', async (_, spoil, message) => {
    expect(await refusal(spoil(await pack(document)), { size: 4096 })).toMatch(message);
  });

  test('a bomb stops at the bound, not after it', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(200_000_000));
    const [header = '', trailer = ''] = await pack(Buffer.alloc(0)).then((lines) => [lines[0], lines.at(-1)]);
    const lines = bomb.toString('base64').match(/.{1,4096}/g) ?? [];
    const before = process.memoryUsage().rss;
    const text = header + lines.map((line) => `|${line}\n`).join('') + trailer;
    expect(await refusal(text, { maxBytes: 1_000_000 })).toMatch(/^ReportTooLarge: .* 1000000 bytes/);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  test('changed anywhere it is never taken for whole', async () => {
    const text = Buffer.from((await pack(document)).join(''));
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 2), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(text);
        changed[at] = (changed[at] ?? 0) ^ change;
        const outcome = await unpack(changed).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ScanLinkError);
        else expect(outcome).toEqual(document);
      }),
      { numRuns: 100 },
    );
  });
});
