import { open, rename, mkdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../lib/clock.ts';

/** The kubelet's cap: past it a log begins anew, and `kubectl logs` shows what came after. */
export const maxLogBytes = 10 << 20;
/** Longer lines are written in parts, as container runtimes do. */
const maxRecordBytes = 16 << 10;
const newline = 0x0a;

export type LogStream = 'stdout' | 'stderr';

/**
 * The log of one start of a container, in a file of records `<time> <stream> <F|P> <text>`, one a line, where `P` marks
 * a line that the next record goes on with (the format that container runtimes write).
 */
export class ContainerLog {
  readonly file: string;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  #handle: FileHandle | undefined;
  #size = 0;
  #generation = 0;
  #closed = false;
  /** The begun line of each stream. */
  readonly #begun: Record<LogStream, Buffer[]> = { stdout: [], stderr: [] };
  #tail: Promise<void> = Promise.resolve();
  #waiting: (() => void)[] = [];

  constructor(file: string, clock: Clock, maxBytes = maxLogBytes) {
    this.file = file;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  /** Nothing more will be written. */
  get closed(): boolean {
    return this.#closed;
  }

  /** How often the file was begun anew. */
  get generation(): number {
    return this.#generation;
  }

  /** Writes what a stream printed; resolves when it is in the file, so that a fast container is slowed down. */
  append(stream: LogStream, chunk: Buffer): Promise<void> {
    const records = this.#records(stream, chunk);
    return records.length > 0 ? this.#write(records) : Promise.resolve();
  }

  /** Writes lines that were begun and closes the file. */
  async end(): Promise<void> {
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = Buffer.concat(this.#begun[stream].splice(0));
      // The text has no newline at its end, and readers must not find one there.
      if (rest.length > 0) await this.#write([this.#record(stream, 'P', rest)]);
    }
    await this.#tail;
    this.#closed = true;
    await this.#handle?.close();
    this.#handle = undefined;
    this.#wake();
  }

  /** Resolves at the next change, or at once when the log is closed. */
  changed(signal?: AbortSignal): Promise<void> {
    if (this.#closed || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Each buffer holds one record or several. */
  #records(stream: LogStream, chunk: Buffer): Buffer[] {
    const records: Buffer[] = [];
    const begun = this.#begun[stream];
    let size = begun.reduce((sum, part) => sum + part.length, 0);
    let start = 0;
    while (start < chunk.length) {
      const rest = chunk.subarray(start);
      const whole = rest.subarray(0, begun.length === 0 ? rest.lastIndexOf(newline) + 1 : 0);
      if (whole.length > 0 && hasShortLines(whole)) {
        records.push(this.#shortLines(stream, whole));
        start += whole.length;
        continue;
      }
      const end = chunk.indexOf(newline, start);
      const stop = Math.min(end === -1 ? chunk.length : end, start + maxRecordBytes - size);
      begun.push(chunk.subarray(start, stop));
      size += stop - start;
      start = stop;
      const isWhole = stop === end;
      if (!isWhole && size < maxRecordBytes) break;
      records.push(this.#record(stream, isWhole ? 'F' : 'P', Buffer.concat(begun.splice(0))));
      size = 0;
      if (isWhole) start++;
    }
    return records;
  }

  #prefix(stream: LogStream, tag: 'F' | 'P'): string {
    const time = `${new Date(this.#clock.now()).toISOString().slice(0, -1)}000000Z`;
    return `${time} ${stream} ${tag} `;
  }

  #record(stream: LogStream, tag: 'F' | 'P', text: Buffer): Buffer {
    return Buffer.concat([Buffer.from(this.#prefix(stream, tag)), text, Buffer.from('\n')]);
  }

  /** Whole lines at once: a container that prints a hundred megabytes must not keep us busy for long. */
  #shortLines(stream: LogStream, lines: Buffer): Buffer {
    const prefix = this.#prefix(stream, 'F');
    // Latin-1 takes every byte for a character and back, whatever the text's encoding is.
    const text = lines.toString('latin1', 0, lines.length - 1);
    return Buffer.from(`${prefix}${text.replaceAll('\n', `\n${prefix}`)}\n`, 'latin1');
  }

  #write(records: readonly Buffer[]): Promise<void> {
    this.#tail = this.#writeAfter(this.#tail, records);
    return this.#tail;
  }

  async #writeAfter(before: Promise<void>, records: readonly Buffer[]): Promise<void> {
    await before;
    let batch: Buffer[] = [];
    let bytes = 0;
    for (const record of records) {
      if (this.#size + bytes > 0 && this.#size + bytes + record.length > this.#maxBytes) {
        await this.#flush(batch);
        batch = [];
        bytes = 0;
        await this.#rotate();
      }
      batch.push(record);
      bytes += record.length;
    }
    await this.#flush(batch);
    this.#wake();
  }

  async #flush(batch: readonly Buffer[]): Promise<void> {
    if (batch.length === 0) return;
    const handle = (this.#handle ??= await this.#open());
    const bytes = Buffer.concat(batch);
    await handle.appendFile(bytes);
    this.#size += bytes.length;
  }

  async #open(): Promise<FileHandle> {
    await mkdir(path.dirname(this.file), { recursive: true });
    return open(this.file, 'a', 0o600);
  }

  /** One old file is kept, for a person who looks; readers see the new one. */
  async #rotate(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
    await rename(this.file, `${this.file}.1`);
    this.#handle = await this.#open();
    this.#size = 0;
    this.#generation++;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Whether no line is too long for one record. */
function hasShortLines(lines: Buffer): boolean {
  if (lines.length <= maxRecordBytes) return true;
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf(newline, start);
    if (end - start > maxRecordBytes) return false;
    start = end + 1;
  }
  return true;
}
