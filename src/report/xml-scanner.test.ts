import * as fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, test } from 'vitest';
import { XmlScanner, XmlTooLarge } from './xml-scanner.ts';
import { XmlFault } from './xml-text.ts';

/** What was told, with the pieces of a text put together and white space between tags left out. */
class Story {
  readonly #lines: string[] = [];
  #text = '';

  tell(line: string): void {
    if (this.#text.trim() !== '') this.#lines.push(`text ${JSON.stringify(this.#text.trim())}`);
    this.#text = '';
    this.#lines.push(line);
  }

  add(text: string): void {
    this.#text += text;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}

function tagLine(name: string, attributes: Readonly<Record<string, string>>): string {
  return `open ${name} ${JSON.stringify(Object.entries(attributes))}`;
}

/** The scanner's answer; `refused` when it is not well-formed or not whole. */
function scanned(xml: string, size: number): readonly string[] | 'refused' {
  const story = new Story();
  const scanner = new XmlScanner(
    {
      open: (name, attributes) => story.tell(tagLine(name, attributes)),
      close: () => story.tell('close'),
      text: (text) => story.add(text),
      leaf(name, text) {
        story.tell(tagLine(name, {}));
        story.add(text);
        story.tell('close');
      },
    },
    1 << 20,
  );
  try {
    for (let at = 0; at < xml.length && !scanner.ended; at += size) scanner.write(xml.slice(at, at + size));
  } catch (error) {
    if (error instanceof XmlFault) return 'refused';
    throw error;
  }
  return scanner.ended ? story.lines : 'refused';
}

/** The same from a parser that looks at every character. */
function parsed(xml: string): readonly string[] | 'refused' {
  const story = new Story();
  const parser = new SaxesParser({ xmlns: false });
  parser.on('opentag', ({ name, attributes }) => story.tell(tagLine(name, attributes)));
  parser.on('closetag', () => story.tell('close'));
  parser.on('text', (text) => story.add(text));
  parser.on('cdata', (text) => story.add(text));
  try {
    parser.write(xml).close();
  } catch {
    return 'refused';
  }
  return story.lines;
}

const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9._-]{0,6}$/);
const qualified = fc.oneof(
  name,
  fc.tuple(name, name).map((two) => two.join(':')),
  fc.constant('größe'),
);
const space = fc.constantFrom('', ' ', '\n', '\r\n', '\t ', '\n  \n');
const reference = fc.constantFrom('&amp;', '&lt;', '&gt;', '&quot;', '&apos;', '&#65;', '&#x1F600;', '&#10;');
const piece = fc.oneof(
  fc.stringMatching(/^[ -%'-;=?-\\^-~]{0,12}$/),
  reference,
  fc.constantFrom('] ', ']] ', '>', 'é', '😀', '\r', '\r\n', '\n', '\t'),
);
const text = fc.array(piece, { maxLength: 4 }).map((all) => all.join(''));
const value = text.map((one) => one.replaceAll('"', '').replaceAll('<', ''));
const attributes = fc
  .uniqueArray(fc.tuple(space, qualified, value, fc.boolean()), { maxLength: 3, selector: ([, key]) => key })
  .map((all) =>
    all
      .map(
        ([gap, key, one, single]) =>
          ` ${gap}${key}${gap}=${single ? `'${one.replaceAll("'", '')}'` : `"${one}"`}`,
      )
      .join(''),
  );
const misc = fc.constantFrom(
  '<!-- a comment > with < things & -->',
  '<?pi some > thing?>',
  '<![CDATA[ <raw> & ]] > ]]>',
  '<!---->',
  '<![CDATA[]]>',
);

const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc
    .tuple(qualified, attributes, space, fc.array(tie('content'), { maxLength: 4 }), fc.boolean())
    .map(([key, some, gap, content, empty]) =>
      empty && content.length === 0
        ? `<${key}${some}${gap}/>`
        : `<${key}${some}${gap}>${content.join('')}</${key}${gap}>`,
    ),
  content: fc.oneof({ depthSize: 'small' }, text, misc, space, tie('element')),
}));
const head = fc.constantFrom(
  '',
  '<?xml version="1.0"?>',
  "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n",
  '<!DOCTYPE bom>\n',
  '<?xml version="1.0"?><!-- x -->\n<!DOCTYPE bom SYSTEM "a>b">',
);
const documents = fc.tuple(head, element).map((two) => two.join(''));

describe('the scanner against a parser that looks at every character', () => {
  test('tells the same of well-formed documents, in any pieces', () => {
    fc.assert(
      fc.property(documents, fc.integer({ min: 1, max: 40 }), (xml, size) => {
        const expected = parsed(xml);
        expect(expected).not.toBe('refused');
        expect(scanned(xml, size)).toEqual(expected);
        expect(scanned(xml, xml.length)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('takes no changed document that the other refuses, and tells the same of those that both take', () => {
    const change = fc.tuple(
      fc.nat(),
      fc.constantFrom(
        '',
        '<',
        '>',
        '/',
        '&',
        '"',
        "'",
        '=',
        ' ',
        ']]>',
        '--',
        '<!',
        '<?',
        '&x;',
        '\u0001',
        'a',
        ':',
        '?>',
        '&#0;',
        '</a>',
        '<a>',
      ),
      fc.nat(3),
    );
    fc.assert(
      fc.property(
        documents,
        fc.array(change, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 40 }),
        (xml, changes, size) => {
          let changed = xml;
          for (const [place, put, cut] of changes) {
            const at = place % (changed.length + 1);
            changed = changed.slice(0, at) + put + changed.slice(at + cut);
          }
          changed = changed.toWellFormed();
          const mine = scanned(changed, size);
          expect(scanned(changed, changed.length + 1)).toEqual(mine);
          if (mine === 'refused') return;
          // What follows the root element is none of the scanner's.
          const whole = wholeDocument(changed);
          // Space before the declaration is let pass: a shell script may have printed it.
          expect(mine).toEqual(parsed(whole.trimStart()));
        },
      ),
      { numRuns: 3000 },
    );
  });

  /** The beginning of `xml` that is a document by the scanner's word. */
  function wholeDocument(xml: string): string {
    const scanner = new XmlScanner({ open() {}, close() {}, text() {}, leaf() {} }, 1 << 20);
    return xml.slice(0, scanner.write(xml));
  }
});

describe('what the scanner refuses', () => {
  test.each<[string, RegExp]>([
    ['<a>]]></a>', /\]\]>/],
    ['<a>&nbsp;</a>', /undefined entity &nbsp;/],
    ['<a>& b</a>', /begins no reference/],
    ['<a>&#0;</a>', /no character/],
    ['<a>&#xD800;</a>', /no character/],
    ['<a b="&lt"/>', /begins no reference/],
    ['<a b="<"/>', /< within a tag/],
    ['<a b="1" b="2"/>', /duplicate attribute: b/],
    ['<a b=1/>', /<a> is not well-formed/],
    ['<a b="1"c="2"/>', /<a> is not well-formed/],
    ['<1a/>', /a name is missing or wrong: "1a"/],
    ['< a/>', /a name is missing/],
    ['<a></b>', /<\/a> is wanted/],
    ['<a></ab>', /<\/a> is wanted/],
    ['</a>', /closing tag before any element/],
    ['x<a/>', /text outside/],
    ['<![CDATA[x]]><a/>', /text outside/],
    ['<a><!-- -- --></a>', /-- in a comment/],
    ['<a><!ELEMENT x></a>', /declaration that is none/],
    ['<!DOCTYPE a [<!ENTITY x "y">]><a/>', /DTD content, which is refused/],
    ['<a><!DOCTYPE a></a>', /DOCTYPE within/],
    ['<a><?xml version="1.0"?></a>', /XML declaration/],
    ['<?xml version="1.0" encoding=UTF-8?><a/>', /XML declaration/],
    ['<a>\u0000</a>', /does not allow/],
  ])('%j', (xml, message) => {
    const scanner = new XmlScanner({ open() {}, close() {}, text() {}, leaf() {} }, 1000);
    expect(() => scanner.write(xml)).toThrow(message);
    // The other takes a DTD's content for what it is worth, which is nothing.
    if (!xml.includes('ENTITY')) expect(parsed(xml)).toBe('refused');
  });

  test('says where: line and column of the tag', () => {
    const scanner = new XmlScanner({ open() {}, close() {}, text() {}, leaf() {} }, 1000);
    scanner.write('<a>\n<b>x</b>\n\n  <c>');
    scanner.write('\n <d');
    expect(() => scanner.write('></e>')).toThrow(XmlFault);
    expect(scanner.place).toEqual({ line: 5, column: 5 });
  });

  test.each(['<a b="', '<!-- ', '<![CDATA[', '<?x '])('%s that goes on for ever', (start) => {
    const scanner = new XmlScanner({ open() {}, close() {}, text() {}, leaf() {} }, 1000);
    const endless = (): void => {
      scanner.write('<r>');
      scanner.write(start);
      for (let n = 0; n < 100; n += 1) scanner.write('x'.repeat(100));
    };
    expect(endless).toThrow(XmlTooLarge);
  });
});
