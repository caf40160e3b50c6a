import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/manual-clock.ts';
import { ContainerLog } from './container-log.ts';
import { logQuery } from './kubelet-server.ts';
import { logTail, readLog } from './log-reader.ts';
import type { LogQuery } from './log-reader.ts';

let dir: string;
const clock = new ManualClock();
let count = 0;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'scan-link-log-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const newLog = (maxBytes?: number): ContainerLog =>
  new ContainerLog(path.join(dir, `${count++}.log`), clock, maxBytes);

async function read(log: ContainerLog, query: LogQuery = {}): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of readLog(log.file, query, log)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function written(...texts: string[]): Promise<ContainerLog> {
  const log = newLog();
  for (const text of texts) await log.append('stdout', Buffer.from(text));
  await log.end();
  return log;
}

describe('a log', () => {
  it('gives back what was printed, however it came in pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 20 }),
        async (texts) => {
          expect(await read(await written(...texts))).toBe(texts.join(''));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('gives back lines that are longer than a record, without a newline at the end', async () => {
    const long = 'x'.repeat(100_000);
    expect(await read(await written(`${long}\nshort\n${long}`))).toBe(`${long}\nshort\n${long}`);
  });

  it('keeps the lines of both streams whole', async () => {
    const log = newLog();
    await log.append('stdout', Buffer.from('out '));
    await log.append('stderr', Buffer.from('err\n'));
    await log.append('stdout', Buffer.from('put\n'));
    await log.end();
    expect(await read(log)).toBe('err\nout put\n');
  });

  it('is empty where nothing was printed', async () => {
    expect(await read(await written())).toBe('');
  });

  it.each<[string, LogQuery, string]>([
    ['tailLines', { tailLines: 2 }, 'three\nfour\n'],
    ['more lines than there are', { tailLines: 9 }, 'one\ntwo\nthree\nfour\n'],
    ['no line', { tailLines: 0 }, ''],
    ['limitBytes', { limitBytes: 6 }, 'one\ntw'],
    ['both', { tailLines: 2, limitBytes: 3 }, 'thr'],
    ['since', { since: Date.parse('2026-01-01T00:00:10Z') }, 'two\nthree\nfour\n'],
    ['timestamps', { tailLines: 1, timestamps: true }, '2026-01-01T00:00:30.000000000Z four\n'],
  ])('%s', async (_name, query, expected) => {
    const own = new ManualClock();
    const log = new ContainerLog(path.join(dir, 'x.log'), own);
    for (const text of ['one', 'two', 'three', 'four']) {
      await log.append('stdout', Buffer.from(`${text}\n`));
      own.advance(10_000);
    }
    await log.end();
    expect(await read(log, query)).toBe(expected);
  });

  it('is followed to its end', async () => {
    const log = newLog();
    const reading = read(log, { follow: true });
    for (const text of ['one\n', 'tw', 'o\n', 'end']) {
      await log.append('stdout', Buffer.from(text));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await log.end();
    expect(await reading).toBe('one\ntwo\nend');
  });

  it('begins anew at its limit, and a follower misses nothing', async () => {
    const log = newLog(2000);
    const follower = readLog(log.file, { follow: true }, log);
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index} ${'x'.repeat(50)}\n`);
    let followed = '';
    const reading = (async () => {
      for await (const chunk of follower) followed += chunk.toString();
    })();
    for (const line of lines) {
      await log.append('stdout', Buffer.from(line));
      for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    }
    await log.end();
    await reading;
    expect(followed).toBe(lines.join(''));
    const left = await read(log);
    expect(lines.join('').endsWith(left)).toBe(true);
    expect((await stat(log.file)).size).toBeLessThanOrEqual(2000);
    expect(log.generation).toBeGreaterThan(2);
  });

  it('is left by a follower who goes', async () => {
    const log = newLog();
    await log.append('stdout', Buffer.from('one\n'));
    const leaving = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of readLog(log.file, { follow: true }, log, leaving.signal))
        seen.push(chunk.toString());
    })();
    await expect.poll(() => seen).toEqual(['one\n']);
    leaving.abort();
    await reading;
    await log.end();
  });

  it('has an end that fits a termination message', async () => {
    const log = await written(Array.from({ length: 200 }, (_, index) => `line ${index}\n`).join(''));
    expect((await logTail(log.file, 2, 1000)).split('\n')).toEqual(['line 198', 'line 199', '']);
    expect(await logTail(log.file, 80, 9)).toBe('line 199\n');
  });
});

describe('logQuery', () => {
  const now = Date.parse('2026-01-01T01:00:00Z');
  it.each<[string, LogQuery | string]>([
    ['', { follow: false, timestamps: false }],
    ['follow=true&timestamps=true', { follow: true, timestamps: true }],
    ['tailLines=5&limitBytes=9', { follow: false, timestamps: false, tailLines: 5, limitBytes: 9 }],
    ['sinceSeconds=60', { follow: false, timestamps: false, since: now - 60_000 }],
    ['sinceTime=2026-01-01T00:00:00Z', { follow: false, timestamps: false, since: now - 3_600_000 }],
    ['tailLines=-1', 'tailLines: invalid value "-1"'],
    ['limitBytes=1e9', 'limitBytes: invalid value "1e9"'],
    ['sinceTime=yesterday', 'sinceTime: invalid value "yesterday"'],
  ])('%s', (text, expected) => {
    expect(logQuery(new URLSearchParams(text), now)).toEqual(expected);
  });
});
