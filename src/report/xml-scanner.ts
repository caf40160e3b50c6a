/**
 * Takes XML apart as its text comes: elements, attributes and text, checked to be well-formed; comments, processing
 * instructions and a DOCTYPE without content are passed over. It jumps from one `<` to the next, where a parser that
 * looks at every character needs twice as long for a whole reader's work; a test holds its answers against such a
 * parser. What has no place in a report is refused: DTD content, entities of one's own.
 */
import { ownText } from './intern.ts';
import { forbidden, isName, plainText, plainValue, XmlFault } from './xml-text.ts';

export type XmlAttributes = Readonly<Record<string, string>>;

/** Told in document order. Names are as written, with their prefix. */
export interface XmlHandler {
  open(name: string, attributes: XmlAttributes): void;
  close(): void;
  /** An element without attributes that holds text alone, or nothing: as `open`, `text` and `close` in one. */
  leaf(name: string, text: string): void;
  /** A piece of text: one text may come in several. Pieces of white space alone are left out. */
  text(text: string): void;
}

/** Thrown when one tag, comment or section does not fit within the bound. */
export class XmlTooLarge extends Error {}

const noAttributes: XmlAttributes = Object.freeze(Object.create(null) as Record<string, string>);
const attribute = /[ \t\r\n]+([^ \t\r\n=/>"'<]+)[ \t\r\n]*=[ \t\r\n]*(?:"([^"<]*)"|'([^'<]*)')/y;
const declaration =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.\d+"|'1\.\d+')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>$/;
const doctype =
  /^<!DOCTYPE[ \t\r\n]+[^ \t\r\n[>]+(?:[ \t\r\n]+(?:SYSTEM|PUBLIC)(?:[ \t\r\n]+(?:"[^"]*"|'[^']*'))+)?[ \t\r\n]*>$/;
const [bang, slash, question, greater] = [0x21, 0x2f, 0x3f, 0x3e];

export class XmlScanner {
  readonly #handler: XmlHandler;
  readonly #largest: number;
  readonly #open: string[] = [];
  /** Names that were checked; bounded, as a document may make up endless ones. */
  readonly #names = new Map<string, string>();
  /** Which name came after which: documents repeat themselves, and a guess that holds saves reading the name. */
  readonly #following = new Map<string, string>();
  #last = '';
  /** What is not taken yet, from `#at`. */
  #held = '';
  #at = 0;
  /** `]]>` is somewhere in the held text. */
  #hasEnd = false;
  /** Nothing in the held text has to be resolved: asked once for all, not for each of its many texts. */
  #isPlain = false;
  #atStart = true;
  /** Text was told since the last tag: white space that follows belongs to it. */
  #inText = false;
  #seenRoot = false;
  #ended = false;
  #line = 1;
  /** Characters of the line we are in that are no longer held. */
  #lineOffset = 0;

  /** `largest`: characters that one tag, comment, instruction or CDATA section may have. */
  constructor(handler: XmlHandler, largest: number) {
    this.#handler = handler;
    this.#largest = largest;
  }

  /** The root element was closed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Where the scanner is; counts from 1. */
  get place(): { line: number; column: number } {
    let line = this.#line;
    let start = -this.#lineOffset;
    for (let at = this.#held.indexOf('\n'); at >= 0 && at < this.#at; at = this.#held.indexOf('\n', at + 1)) {
      line += 1;
      start = at + 1;
    }
    return { line, column: this.#at - start + 1 };
  }

  /**
   * Takes the next text. Returns how many of its characters belong to the document when its root ends within them.
   * Throws `XmlFault`, `XmlTooLarge`, and what the handler throws.
   */
  write(text: string): number | undefined {
    this.#forget();
    const before = this.#held.length;
    if (before > this.#largest) throw new XmlTooLarge();
    this.#held = before === 0 ? text : this.#held + text;
    this.#hasEnd = this.#held.includes(']]>');
    this.#isPlain = !this.#held.includes('&') && !this.#held.includes('\r');
    const bad = text.search(forbidden);
    if (bad >= 0) this.#held = this.#held.slice(0, before + bad); // what comes before may be all of the document
    while (!this.#ended && this.#token());
    if (bad >= 0 && !this.#ended) {
      this.#at = this.#held.length;
      throw new XmlFault('a character that XML does not allow');
    }
    return this.#ended ? Math.max(0, this.#at - before) : undefined;
  }

  /** Lets go of what was taken, counting its lines. */
  #forget(): void {
    if (this.#at === 0) return;
    const gone = this.#at;
    let last = -1;
    for (let at = this.#held.indexOf('\n'); at >= 0 && at < gone; at = this.#held.indexOf('\n', at + 1)) {
      this.#line += 1;
      last = at;
    }
    this.#lineOffset = last < 0 ? this.#lineOffset + gone : gone - last - 1;
    this.#held = this.#held.slice(gone);
    this.#at = 0;
  }

  /** Takes one token; false when more text is needed for it. */
  #token(): boolean {
    const held = this.#held;
    const tag = held.indexOf('<', this.#at);
    if (tag < 0) return this.#textUntil(held.length, false);
    if (tag > this.#at) this.#textUntil(tag, true);
    const next = held.charCodeAt(tag + 1);
    if (next === slash) return this.#closing(tag);
    if (next === bang) return this.#declared(tag);
    if (next === question) return this.#instruction(tag);
    return this.#opening(tag);
  }

  /** Text up to `end`. Unless a tag follows, what may be an unfinished reference or line end waits. */
  #textUntil(end: number, complete: boolean): boolean {
    const held = this.#held;
    let from = this.#at;
    while (from < end && isSpace(held.charCodeAt(from))) from += 1;
    if (from === end && !this.#inText) {
      if (!complete && held.charCodeAt(end - 1) === 0x0d) end -= 1;
      this.#at = end;
      return false;
    }
    if (this.#open.length === 0) throw new XmlFault('text outside of the root element');
    const stop = complete ? end : finishedText(held, this.#at, end);
    if (stop > this.#at) {
      const raw = held.slice(this.#at, stop);
      if (this.#hasEnd && raw.includes(']]>')) throw new XmlFault('the characters ]]> in a text');
      this.#inText = true;
      this.#handler.text(plainText(raw));
      this.#at = stop;
    }
    return false;
  }

  #opening(tag: number): boolean {
    const held = this.#held;
    const guess = this.#following.get(this.#last);
    const known =
      guess !== undefined &&
      held.startsWith(guess, tag + 1) &&
      endsName(held.charCodeAt(tag + 1 + guess.length));
    const name = known ? guess : this.#newName(tag + 1);
    if (name === undefined) return false;
    const end = tag + 1 + name.length;
    if (held.charCodeAt(end) !== greater) return this.#attributes(name, end);
    return this.#leaf(name, end + 1) || this.#opened(name, noAttributes, end + 1, false);
  }

  /** Most elements are leaves: those are told at once, when their end has come. */
  #leaf(name: string, from: number): boolean {
    const held = this.#held;
    const tag = held.indexOf('<', from);
    const end = tag + 2 + name.length;
    if (tag < 0 || held.charCodeAt(tag + 1) !== slash || held.charCodeAt(end) !== greater) return false;
    if (this.#open.length === 0 || this.#hasEnd || !held.startsWith(name, tag + 2)) return false;
    this.#last = name;
    this.#inText = false;
    const raw = held.slice(from, tag);
    this.#handler.leaf(name, this.#isPlain ? raw : plainText(raw));
    this.#at = end + 1;
    return true;
  }

  /** The name at `from`, one string for each; undefined when it has not come whole. */
  #newName(from: number): string | undefined {
    const held = this.#held;
    let end = from;
    while (end < held.length && !endsName(held.charCodeAt(end))) end += 1;
    if (end === held.length) return undefined;
    const name = this.#checked(held.slice(from, end));
    if (this.#following.size < 1000) this.#following.set(this.#last, name);
    return name;
  }

  #attributes(name: string, from: number): boolean {
    const held = this.#held;
    const last = tagEnd(held, from);
    if (last < 0) return false;
    let attributes: Record<string, string> | undefined;
    let end = from;
    attribute.lastIndex = from;
    for (let match = attribute.exec(held); match; match = attribute.exec(held)) {
      const [, key = '', double, single = ''] = match;
      attributes ??= Object.create(null) as Record<string, string>;
      if (attributes[key] !== undefined) throw new XmlFault(`duplicate attribute: ${key.slice(0, 60)}`);
      attributes[this.#checked(key)] = plainValue(double ?? single);
      end = attribute.lastIndex;
    }
    while (isSpace(held.charCodeAt(end))) end += 1;
    const empty = held.charCodeAt(end) === slash;
    if (end + (empty ? 1 : 0) !== last)
      throw new XmlFault(`the tag <${name.slice(0, 60)}> is not well-formed`);
    return this.#opened(name, attributes ?? noAttributes, last + 1, empty);
  }

  #opened(name: string, attributes: XmlAttributes, end: number, empty: boolean): boolean {
    if (this.#open.length === 0 && this.#seenRoot) throw new XmlFault('a second root element');
    this.#seenRoot = true;
    this.#atStart = false;
    this.#inText = false;
    this.#open.push(name);
    this.#last = name;
    this.#handler.open(name, attributes);
    this.#at = end;
    if (empty) this.#closed();
    return true;
  }

  #closed(): void {
    this.#inText = false;
    this.#open.pop();
    this.#handler.close();
    if (this.#open.length === 0) this.#ended = true;
  }

  #closing(tag: number): boolean {
    const held = this.#held;
    const name = this.#open.at(-1);
    if (name === undefined) throw new XmlFault('a closing tag before any element');
    let end = tag + 2 + name.length;
    if (held.length <= end) {
      const come = held.slice(tag + 2);
      if (name.startsWith(come)) return false;
      throw new XmlFault(`another closing tag where </${name.slice(0, 60)}> is wanted`);
    }
    while (isSpace(held.charCodeAt(end))) end += 1;
    if (end === held.length) return false;
    if (!held.startsWith(name, tag + 2) || held.charCodeAt(end) !== greater) {
      throw new XmlFault(`another closing tag where </${name.slice(0, 60)}> is wanted`);
    }
    this.#at = end + 1;
    this.#closed();
    return true;
  }

  #instruction(tag: number): boolean {
    const end = this.#held.indexOf('?>', tag + 2);
    if (end < 0) return false;
    const whole = this.#held.slice(tag, end + 2);
    const target = /^<\?([^\s?]*)/.exec(whole)?.[1] ?? '';
    if (/^xml$/i.test(target)) {
      if (!this.#atStart || !declaration.test(whole))
        throw new XmlFault('an XML declaration that is wrong, or not at the beginning');
    } else this.#checked(target);
    this.#atStart = false;
    this.#at = end + 2;
    return true;
  }

  #declared(tag: number): boolean {
    const held = this.#held;
    this.#atStart = false;
    if (held.startsWith('<!--', tag)) return this.#comment(tag);
    if (held.startsWith('<![CDATA[', tag)) return this.#cdata(tag);
    if (held.startsWith('<!DOCTYPE', tag)) return this.#doctype(tag);
    const come = held.slice(tag, tag + 9);
    if (['<!--', '<![CDATA[', '<!DOCTYPE'].some((wanted) => wanted.startsWith(come))) return false;
    throw new XmlFault('a declaration that is none');
  }

  #comment(tag: number): boolean {
    const end = this.#held.indexOf('--', tag + 4);
    if (end < 0 || end + 2 >= this.#held.length) return false;
    if (this.#held.charCodeAt(end + 2) !== greater) throw new XmlFault('the characters -- in a comment');
    this.#at = end + 3;
    return true;
  }

  #cdata(tag: number): boolean {
    if (this.#open.length === 0) throw new XmlFault('text outside of the root element');
    const end = this.#held.indexOf(']]>', tag + 9);
    if (end < 0) return false;
    const raw = this.#held.slice(tag + 9, end);
    this.#inText = true;
    if (raw !== '') this.#handler.text(raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw);
    this.#at = end + 3;
    return true;
  }

  /** Entities are how a small document becomes a huge one, or reads files: no report needs them. */
  #doctype(tag: number): boolean {
    if (this.#seenRoot) throw new XmlFault('a DOCTYPE within the document');
    const end = tagEnd(this.#held, tag + 1, true);
    if (end < 0) return false;
    if (!doctype.test(this.#held.slice(tag, end + 1))) throw new XmlFault('a DOCTYPE that is wrong');
    this.#at = end + 1;
    return true;
  }

  #checked(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    if (!isName(name)) throw new XmlFault(`a name is missing or wrong: "${name.slice(0, 60)}"`);
    const kept = ownText(name);
    if (this.#names.size < 1000) this.#names.set(kept, kept);
    return kept;
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d;
}

function endsName(code: number): boolean {
  return isSpace(code) || code === greater || code === slash;
}

/** No tag of a report is longer; looking for a tag's end begins anew with every piece of text that comes. */
const longestTag = 1024 * 1024;

/** Where the `>` of a tag is, past quoted values; -1 when it has not come yet. Throws `XmlFault` at a `<`. */
function tagEnd(held: string, from: number, inDoctype = false): number {
  let quote = 0;
  for (let at = from; at < held.length; at += 1) {
    const code = held.charCodeAt(at);
    if (code === 0x3c) throw new XmlFault('a < within a tag');
    if (quote !== 0) quote = code === quote ? 0 : quote;
    else if (code === greater) return at;
    else if (code === 0x22 || code === 0x27) quote = code;
    else if (code === 0x5b && inDoctype)
      throw new XmlFault('it declares entities or other DTD content, which is refused');
  }
  if (held.length - from > longestTag) throw new XmlTooLarge();
  return -1;
}

const longestReference = 66;

/** Where the text that is surely whole ends: before a reference without its `;`, a carriage
 * return or a `]`. */
function finishedText(held: string, from: number, end: number): number {
  const last = held.slice(Math.max(from, end - longestReference), end);
  const reference = last.lastIndexOf('&');
  if (reference >= 0 && !last.includes(';', reference)) return end - last.length + reference;
  let whole = held.charCodeAt(end - 1) === 0x0d ? end - 1 : end;
  while (whole > from && held.charCodeAt(whole - 1) === 0x5d) whole -= 1; // of ]]>, which no text may hold
  return whole;
}
