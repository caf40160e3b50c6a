/** What stands between tags and in quotes: references and line ends, by XML 1.0 (§2.2, §2.11, §3.3.3, §4.1). */

/** The five entities that need no declaration. Others would need a DTD, which is refused. */
const entities: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Characters that XML 1.0 has no place for. */
export const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** A complaint about XML; the reader that catches it knows the place. */
export class XmlFault extends Error {}

/** The text with its references resolved and its line ends made `\n`. Throws `XmlFault`. */
export function plainText(raw: string): string {
  const text = raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw;
  return text.includes('&') ? resolve(text) : text;
}

/** An attribute's value: white space of any kind is a space, references are resolved. Throws `XmlFault`. */
export function plainValue(raw: string): string {
  const text = /[\t\r\n]/.test(raw) ? raw.replace(/\r\n|[\t\r\n]/g, ' ') : raw;
  return text.includes('&') ? resolve(text) : text;
}

function resolve(text: string): string {
  return text.replace(/&([^;&]{0,64})(;?)/g, (_, name: string, end: string) => {
    if (end === '') throw new XmlFault('an & that begins no reference: write it as &amp;');
    return name.startsWith('#') ? character(name.slice(1)) : entity(name);
  });
}

function entity(name: string): string {
  const text = entities.get(name);
  if (text === undefined) throw new XmlFault(`an undefined entity &${name};`);
  return text;
}

function character(digits: string): string {
  const code = /^\d{1,7}$/.test(digits)
    ? Number(digits)
    : /^x[0-9a-fA-F]{1,6}$/.test(digits)
      ? Number(`0${digits}`)
      : -1;
  const text = code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
  if (text === '' || forbidden.test(text) || loneSurrogate.test(text))
    throw new XmlFault(`a character reference &#${digits}; to no character`);
  return text;
}

const nameStart =
  'A-Z_a-z:\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}';
const name = new RegExp(`^[${nameStart}][${nameStart}\\-.0-9\\u00b7\\u0300-\\u036f\\u203f-\\u2040]*$`, 'u');

/** Whether a text is a Name (XML 1.0 §2.3). */
export function isName(text: string): boolean {
  return name.test(text);
}
