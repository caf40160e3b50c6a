/** An XML document from its bytes, in the encoding that its declaration names. */
import type { ReportLimits } from './limits.ts';
import type { Report } from './model.ts';
import { textReaderFor } from './text-decoder.ts';
import type { TextReader } from './text-decoder.ts';
import { XmlDocument } from './xml-document.ts';

/** A declaration is shorter, and must come first. */
const longestDeclaration = 512;
/** Without a `>` for so long it is a text that goes on. */
const longestHeld = 64 * 1024;
const greater = 0x3e;

export class XmlBytes {
  readonly #document: XmlDocument;
  #reader: TextReader | undefined;
  /** Since the last `>`: mostly half a tag, which costs less to join to what comes as bytes than as text. */
  #held: Uint8Array = new Uint8Array();

  constructor(limits: ReportLimits) {
    this.#document = new XmlDocument(limits);
  }

  /** Takes the next bytes; returns how many of them belong to the document when it ends within them. */
  write(bytes: Uint8Array): number | undefined {
    const earlier = this.#held.length;
    const all =
      earlier === 0
        ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
        : Buffer.concat([this.#held, bytes]);
    const end = all.lastIndexOf(greater) + 1 || (all.length > longestHeld ? all.length : 0);
    this.#held = Buffer.from(all.subarray(end));
    if (end === 0) return undefined;
    const start = all.toString('latin1', 0, longestDeclaration);
    this.#reader ??= textReaderFor(start);
    const used = this.#read(this.#reader, all.subarray(0, end));
    return used === undefined ? undefined : Math.max(0, used - earlier);
  }

  /** The report. Throws as `XmlDocument.finish`. */
  finish(): { report: Report } {
    return { report: this.#document.finish() };
  }

  #read(reader: TextReader, bytes: Buffer): number | undefined {
    const pending = reader.pending;
    const text = reader.write(bytes);
    const used = this.#document.write(text);
    if (used === undefined) return undefined;
    return reader.bytesOf(used === text.length ? text : text.slice(0, used)) - pending;
  }
}
