import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { ContainerLog } from './container-log.ts';

/** What `kubectl logs` may ask for (the parameters of the kubelet's endpoint). */
export interface LogQuery {
  readonly follow?: boolean;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly timestamps?: boolean;
}

const blockBytes = 64 << 10;
const newline = 0x0a;
const space = 0x20;

/**
 * The text of a log file as it was printed. With `live`, a log that is still written, `follow` waits for more until
 * it is closed, across its beginning anew at the size limit.
 */
export async function* readLog(
  file: string,
  query: LogQuery,
  live?: ContainerLog,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const isStopped = (): boolean => signal?.aborted ?? false;
  const follow = query.follow === true && live !== undefined;
  let left = query.limitBytes ?? Number.POSITIVE_INFINITY;
  let tailLines = query.tailLines;
  let generation = live?.generation ?? 0;
  let handle = await openOrNothing(file);
  try {
    const text = new RecordText(query);
    let position = handle && tailLines !== undefined ? await tailStart(handle, tailLines) : 0;
    while (!isStopped()) {
      // Looked at before reading, so that what is written meanwhile is not taken for the end.
      const ended = !follow || live.closed;
      const seen = live?.generation ?? 0;
      const more = live?.changed(signal);
      if (handle) {
        for await (const [block, next] of blocks(handle, position)) {
          position = next;
          const out = text.push(block);
          yield out.length > left ? out.subarray(0, left) : out;
          left -= out.length;
          if (left <= 0 || isStopped()) return;
        }
      }
      if (seen > generation || (!handle && follow)) {
        await handle?.close();
        handle = await openOrNothing(file);
        position = 0;
        tailLines = undefined;
        if (handle && seen > generation) {
          generation = seen;
          continue;
        }
        if (handle) continue;
      }
      if (ended) return;
      await more;
    }
  } finally {
    await handle?.close();
  }
}

async function openOrNothing(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r');
  } catch {
    // Nothing was printed yet.
    return undefined;
  }
}

async function* blocks(handle: FileHandle, start: number): AsyncGenerator<[Buffer, number]> {
  let position = start;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(blockBytes), 0, blockBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield [buffer.subarray(0, bytesRead), position];
  }
}

/** Where the last `lines` records begin. */
async function tailStart(handle: FileHandle, lines: number): Promise<number> {
  const { size } = await handle.stat();
  // A line's end is the newline before it: the file's last one ends the last line.
  let missing = lines + 1;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - blockBytes);
    const { buffer } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    for (let at = buffer.length - 1; at >= 0; at--) {
      if (buffer[at] === newline && --missing === 0) return start + at + 1;
    }
    end = start;
  }
  return 0;
}

/** Turns records into the text they carry; a record may be cut between two blocks. */
class RecordText {
  readonly #query: LogQuery;
  #rest: Buffer = Buffer.alloc(0);
  #insideLine = false;

  constructor(query: LogQuery) {
    this.#query = query;
  }

  push(block: Buffer): Buffer {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, block]) : block;
    const out: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
      this.#record(bytes.subarray(start, end + 1), out);
      start = end + 1;
    }
    this.#rest = bytes.subarray(start);
    return Buffer.concat(out);
  }

  /** `record` ends with its newline. */
  #record(record: Buffer, out: Buffer[]): void {
    const timeEnd = record.indexOf(space);
    const streamEnd = record.indexOf(space, timeEnd + 1);
    const textStart = record.indexOf(space, streamEnd + 1) + 1;
    if (timeEnd === -1 || streamEnd === -1 || textStart === 0) return;
    const { since, timestamps } = this.#query;
    const time = record.subarray(0, timeEnd);
    if (since !== undefined && Date.parse(time.toString()) < since) return;
    const isWhole = record[streamEnd + 1] === 'F'.charCodeAt(0);
    if (timestamps && !this.#insideLine) out.push(Buffer.from(`${time.toString()} `));
    out.push(record.subarray(textStart, isWhole ? record.length : -1));
    this.#insideLine = !isWhole;
  }
}

/** The end of a log, at most so many lines and bytes: what a termination message falls back to. */
export async function logTail(file: string, lines: number, bytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of readLog(file, { tailLines: lines })) chunks.push(chunk);
  const text = Buffer.concat(chunks);
  return text.subarray(Math.max(0, text.length - bytes)).toString();
}
