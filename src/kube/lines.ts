import { KubeError } from './errors.ts';

const newline = 0x0a;

/**
 * Cuts a byte stream into lines, wherever its chunks happen to end: inside a line, or inside a character.
 * Works on bytes and decodes whole lines only; empty lines are skipped.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #pending = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of a line that has begun and not ended. */
  get pending(): number {
    return this.#pending;
  }

  /** The lines that this chunk ends. @throws KubeError `ResponseTooLarge` */
  *push(chunk: Buffer): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const last = chunk.subarray(start, end);
      start = end + 1;
      this.#keep(last);
      const line = this.#take();
      if (line.trim() !== '') yield line;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  #keep(part: Buffer): void {
    this.#pending += part.length;
    if (this.#pending > this.#maxBytes) {
      throw new KubeError(`the API server sent a line of more than ${this.#maxBytes} bytes`, {
        reason: 'ResponseTooLarge',
      });
    }
    this.#parts.push(part);
  }

  #take(): string {
    const line =
      this.#parts.length === 1 ? this.#parts[0]?.toString() : Buffer.concat(this.#parts).toString();
    this.#parts = [];
    this.#pending = 0;
    return line ?? '';
  }
}
