/**
 * Finds where the report begins: scanners and their shell scripts print lines before it (spec.md §6), JSON log lines
 * among them.
 */
import { envelopeMagic } from './envelope-format.ts';

export type DocumentKind = 'xml' | 'json' | 'envelope';

export interface FoundDocument {
  kind: DocumentKind;
  /** The document's bytes so far, from its first one. */
  rest: Uint8Array;
}

/** A log line in JSON is told from a document by reading it, up to this size. */
const longestLogLine = 64 * 1024;
const xmlStart = /^[ \t]*<(?:\?xml[\s?]|!DOCTYPE\s|(?:[\w.-]+:)?bom[\s>/])/;
/** `cat`ed after text without a line's end, as `<?xml` means nothing else. */
const xmlDeclaration = '<?xml version';
const tailSize = 256;

export class DocumentFinder {
  #held: Buffer = Buffer.alloc(0);
  #first = true;
  /** The held bytes begin within a line, of which the beginning was let go. */
  #midLine = false;
  #sawText = false;
  #tail = '';

  /** Whether anything but white space came. */
  get sawText(): boolean {
    return this.#sawText;
  }

  /**
   * Whether what came ends as a document does: its beginning is missing then, as when a node's log was rotated.
   */
  get endsLikeDocument(): boolean {
    return /<\/(?:[\w.-]+:)?bom>\s*$/.test(this.#tail) || /\n\}\s*$/.test(this.#tail);
  }

  /** The document, once enough came to tell. */
  write(bytes: Uint8Array): FoundDocument | undefined {
    this.#held = this.#held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]);
    if (this.#first && this.#held.length >= 3) this.#dropMark();
    return this.#search(false);
  }

  /** The document among the last bytes. */
  finish(): FoundDocument | undefined {
    if (this.#first) this.#dropMark();
    const found = this.#search(true);
    if (!found) this.#letGo(this.#held.length);
    return found;
  }

  #dropMark(): void {
    this.#first = false;
    if (this.#held[0] === 0xef && this.#held[1] === 0xbb && this.#held[2] === 0xbf)
      this.#held = this.#held.subarray(3);
  }

  #search(last: boolean): FoundDocument | undefined {
    for (;;) {
      const end = lineEnd(this.#held);
      const complete = end >= 0;
      const line = this.#held.subarray(0, complete ? end : Math.min(this.#held.length, longestLogLine));
      const kind = this.#midLine
        ? undefined
        : kindOf(line, complete || last || line.length === longestLogLine);
      if (kind === 'wait') return undefined;
      if (kind) return { kind, rest: this.#held };
      const declared = line.indexOf(xmlDeclaration);
      if (declared >= 0) return { kind: 'xml', rest: this.#held.subarray(declared) };
      if (!complete) {
        // Of a long line that is no document only the end may matter, where `<?xml` may have begun.
        if (this.#midLine || line.length === longestLogLine) {
          this.#letGo(Math.max(0, line.length - xmlDeclaration.length));
          this.#midLine = true;
          if (line.length === longestLogLine) continue;
        }
        return undefined;
      }
      this.#letGo(end + 1);
      this.#midLine = false;
    }
  }

  #letGo(count: number): void {
    const gone = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    const text = gone.subarray(Math.max(0, gone.length - tailSize)).toString('latin1');
    this.#sawText ||= gone.length > tailSize || text.trim() !== '';
    this.#tail = (this.#tail + text).slice(-tailSize);
  }
}

/** Progress bars end their lines by a carriage return. */
function lineEnd(bytes: Buffer): number {
  const feed = bytes.indexOf(0x0a);
  const back = bytes.indexOf(0x0d);
  if (feed < 0 || back < 0) return Math.max(feed, back);
  return Math.min(feed, back);
}

/** What a line begins. `wait`: more of it must come first. */
function kindOf(line: Buffer, whole: boolean): DocumentKind | 'wait' | undefined {
  const text = line.toString('latin1', 0, 200);
  if (xmlStart.test(text)) return 'xml';
  if (text.startsWith(envelopeMagic)) return 'envelope';
  if (text.startsWith('{')) return whole ? jsonKind(line) : 'wait';
  // Too little came to tell.
  return !whole && text.length < 100 && mayBecome(text.trimStart()) ? 'wait' : undefined;
}

function mayBecome(text: string): boolean {
  return text === '' || text.startsWith('<') || envelopeMagic.startsWith(text);
}

/** A whole JSON object in one line that is no report is a log line; anything else is a document that goes on. */
function jsonKind(line: Buffer): DocumentKind | undefined {
  if (!/^\{\s*(?:"|\}|$)/.test(line.toString('latin1', 0, 200))) return undefined;
  try {
    const value: unknown = JSON.parse(line.toString());
    const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    return keys.some((key) => documentKeys.has(key)) ? 'json' : undefined;
  } catch {
    return 'json';
  }
}

const documentKeys = new Set(['bomFormat', 'spdxVersion', 'specVersion', 'SPDXID', '@context']);
