/** An XML document from its bytes, in the encoding that its declaration names. */
import type { ReportLimits } from './limits.ts';
import type { Report } from './model.ts';
import { textReaderFor } from './text-decoder.ts';
import type { TextReader } from './text-decoder.ts';
import { XmlDocument } from './xml-document.ts';

/** A declaration is shorter, and must come first. */
const longestDeclaration = 512;

export class XmlBytes {
  readonly #document: XmlDocument;
  #reader: TextReader | undefined;
  #held: Uint8Array = new Uint8Array();

  constructor(limits: ReportLimits) {
    this.#document = new XmlDocument(limits);
  }

  /** Takes the next bytes; returns how many of them belong to the document when it ends within them. */
  write(bytes: Uint8Array): number | undefined {
    if (this.#reader) return this.#read(this.#reader, bytes, 0);
    const earlier = this.#held.length;
    const head = Buffer.concat([this.#held, bytes]);
    const start = head.toString('latin1', 0, longestDeclaration);
    if (head.length < longestDeclaration && !start.includes('>')) {
      this.#held = head;
      return undefined;
    }
    this.#reader = textReaderFor(start);
    return this.#read(this.#reader, head, earlier);
  }

  finish(): { report: Report } {
    if (!this.#reader && this.#held.length > 0)
      this.#document.write(Buffer.from(this.#held).toString('latin1'));
    return { report: this.#document.finish() };
  }

  /** `earlier`: how many of the bytes came before, and are not counted again. */
  #read(reader: TextReader, bytes: Uint8Array, earlier: number): number | undefined {
    const pending = reader.pending;
    const text = reader.write(bytes);
    const used = this.#document.write(text);
    if (used === undefined) return undefined;
    const size = used === text.length ? reader.bytesOf(text) : reader.bytesOf(text.slice(0, used));
    return Math.max(0, size - pending - earlier);
  }
}
