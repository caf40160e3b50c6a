import * as fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, test } from 'vitest';
import { bomView } from './bom-view.ts';
import type { ViewNode, ViewObject } from './bom-view.ts';
import { aComponent, aFinding, aReport } from './builders.ts';
import { goVulnerability } from './go-view.ts';
import { readReport } from './read-report.ts';
import { samples } from './samples.ts';
import { trim } from './xml-node.ts';

async function viewOf(text: string): Promise<ViewObject> {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }
  return bomView((await readReport(bytes())).report);
}

/** mxj's rules, applied to any XML: the other side of the property below. */
function mxj(xml: string): ViewNode | undefined {
  const parser = new SaxesParser();
  const stack: { name: string; object: ViewObject; text: string }[] = [{ name: '', object: {}, text: '' }];
  const local = (name: string): string => name.slice(name.indexOf(':') + 1);
  parser.on('opentag', (tag) => {
    const object: ViewObject = {};
    for (const [name, value] of Object.entries(tag.attributes)) object[`-${local(name)}`] = value;
    stack.push({ name: local(tag.name), object, text: '' });
  });
  parser.on('text', (text) => {
    const top = stack.at(-1);
    if (top) top.text += trim(text);
  });
  parser.on('closetag', () => {
    const closed = stack.pop();
    const parent = stack.at(-1)?.object;
    if (!closed || !parent) return;
    const bare = Object.keys(closed.object).length === 0;
    if (!bare && closed.text !== '') closed.object['#text'] = closed.text;
    const value = bare ? closed.text : closed.object;
    const known = parent[closed.name];
    parent[closed.name] = known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value];
  });
  parser.write(xml).close();
  return stack[0]?.object['bom'];
}

describe('the view of a nested XML document', () => {
  const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9 .<&-]{0,10}[a-z0-9]$/);
  const element = (name: string, value: string | undefined): string =>
    value === undefined ? '' : `\n  <${name}>${escape(value)}</${name}>`;
  const group = (name: string, parts: string): string =>
    parts === '' ? '' : `<${name}>${parts}\n</${name}>`;
  const optional = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined });

  const rating = fc
    .record({
      score: optional(fc.integer({ min: 0, max: 100 }).map((n) => String(n / 10))),
      severity: fc.constantFrom('Critical', 'High', 'Medium', 'Low', 'Negligible', 'UnknownSeverity'),
      method: optional(fc.constantFrom('CVSSv2', 'CVSSv3')),
      vector: optional(word),
    })
    .map(
      (one) =>
        `<v:rating>${group('v:score', element('v:base', one.score))}${element('v:severity', one.severity)}${element('v:method', one.method)}${element('v:vector', one.vector)}</v:rating>`,
    );
  const vulnerability = fc
    .record({
      id: word,
      source: optional(word),
      url: optional(word),
      ratings: fc.array(rating, { minLength: 1, maxLength: 3 }),
      description: optional(word),
      cwes: fc.array(fc.nat(2000), { maxLength: 2 }),
      recommendation: optional(word),
      advisories: fc.array(word, { maxLength: 3 }),
    })
    .map(
      (one) =>
        (ref: string | undefined): string =>
          `<v:vulnerability${ref === undefined ? '' : ` ref="${ref}"`}>${element('v:id', one.id)}` +
          (one.source === undefined && one.url === undefined
            ? ''
            : `<v:source${one.source === undefined ? '' : ` name="${escape(one.source)}"`}>${element('v:url', one.url)}</v:source>`) +
          group('v:ratings', one.ratings.join('')) +
          group('v:cwes', one.cwes.map((cwe) => element('v:cwe', String(cwe))).join('')) +
          element('v:description', one.description) +
          group('v:recommendations', element('v:recommendation', one.recommendation)) +
          group('v:advisories', one.advisories.map((url) => element('v:advisory', url)).join('')) +
          '</v:vulnerability>',
    );
  const license = fc
    .record({ form: fc.constantFrom('id', 'name'), text: word })
    .map((one) => `<license>${element(one.form, one.text)}</license>`);
  const component = fc
    .record({
      type: fc.constantFrom('library', 'application', 'operating-system'),
      hasRef: fc.boolean(),
      group: optional(word),
      name: word,
      version: optional(word),
      licenses: fc.array(license, { maxLength: 3 }),
      cpe: optional(word),
      purl: optional(word),
      vulnerabilities: fc.uniqueArray(vulnerability, { maxLength: 3, selector: (make) => make('x') }),
    })
    .map((one) => (index: number): string => {
      const ref = one.hasRef ? `ref-${index}` : undefined;
      return (
        `<component type="${one.type}"${ref === undefined ? '' : ` bom-ref="${ref}"`}>${element('group', one.group)}${element('name', one.name)}${element('version', one.version)}` +
        `${group('licenses', one.licenses.join(''))}${element('cpe', one.cpe)}${element('purl', one.purl)}` +
        `${group('v:vulnerabilities', one.vulnerabilities.map((make) => make(ref)).join(''))}</component>`
      );
    });

  test("is mxj's conversion of it, whatever it holds", async () => {
    const document = fc.record({
      serial: optional(fc.uuid()),
      tool: optional(word),
      subject: optional(word),
      components: fc.array(component, { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(document, async ({ serial, tool, subject, components }) => {
        const xml =
          `<?xml version="1.0"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.2" xmlns:v="http://cyclonedx.org/schema/ext/vulnerability/1.0" version="1"${serial === undefined ? '' : ` serialNumber="urn:uuid:${serial}"`}>\n` +
          `<metadata>${element('timestamp', '2024-01-01T00:00:00Z')}${tool === undefined ? '' : `<tools><tool>${element('vendor', tool)}${element('name', tool)}</tool></tools>`}` +
          `${subject === undefined ? '' : `<component type="container">${element('name', subject)}</component>`}</metadata>\n` +
          `<components>${components.map((make, index) => make(index)).join('\n')}</components>\n</bom>`;
        expect(await viewOf(xml)).toEqual(mxj(xml));
      }),
      { numRuns: 200 },
    );
  });

  test('holds for the sample as Grype wrote it, but for the refs of vulnerabilities', async () => {
    const text = samples[0]?.text ?? '';
    const expected = JSON.stringify(mxj(text.replaceAll(/ ref="[^"]*"/g, ''))).replaceAll(
      '"Unknown"',
      '"UnknownSeverity"',
    );
    expect(await viewOf(text)).toEqual(JSON.parse(expected));
  });
});

describe('the view of every format', () => {
  const text = (node: ViewNode | undefined): string =>
    typeof node === 'string' ? node : JSON.stringify(node);

  /** What a policy asks: component, vulnerability, severities. */
  function seen(view: ViewObject): string[] {
    const components = view['components'] as ViewObject;
    const each = (node: ViewNode | undefined): ViewObject[] =>
      node === undefined ? [] : ([node].flat() as ViewObject[]);
    return each(components['component'])
      .flatMap((component) =>
        each((component['vulnerabilities'] as ViewObject | undefined)?.['vulnerability']).map((one) => {
          const ratings = each((one['ratings'] as ViewObject | undefined)?.['rating']);
          return `${text(component['name'])} ${text(one['id'])} ${ratings.map((rating) => text(rating['severity'])).join('+')}`;
        }),
      )
      .sort();
  }

  test.each(samples)('$name', async ({ text }) => {
    expect(seen(await viewOf(text))).toEqual([
      'alpha CVE-2024-0001 Critical',
      'alpha CVE-2024-0002 Medium',
      'beta CVE-2024-0001 Critical',
      'beta CVE-2024-0003 Low',
      'gamma CVE-2024-0004 UnknownSeverity',
    ]);
  });

  test('has texts for leaves only', async () => {
    const leaves = (node: unknown): unknown[] =>
      typeof node === 'object' && node !== null ? Object.values(node).flatMap(leaves) : [node];
    for (const { text } of samples)
      expect(new Set(leaves(await viewOf(text)).map((leaf) => typeof leaf))).toEqual(new Set(['string']));
  });

  test('one component and one vulnerability are objects, none is an empty text', () => {
    const one = bomView(
      aReport({
        components: [
          aComponent({ name: 'a', findings: [aFinding({ id: 'X', ratings: [{ severity: 'none' }] })] }),
        ],
      }),
    );
    expect(one['components']).toEqual({
      component: {
        '-type': 'library',
        '-bom-ref': 'a',
        name: 'a',
        version: '1.0.0',
        vulnerabilities: {
          vulnerability: { '-ref': 'a', id: 'X', ratings: { rating: { severity: 'Negligible' } } },
        },
      },
    });
    expect(bomView(aReport())['components']).toBe('');
  });

  test('of several ratings the list form shows the one that counts, the nested form all', () => {
    const finding = aFinding({
      ratings: [
        { severity: 'low', score: 2 },
        { severity: 'critical', score: 9 },
        { vector: 'x' },
        { severity: 'critical', score: 9.8 },
      ],
    });
    const rated = (version: string): unknown => {
      const view = bomView(
        aReport({
          format: { name: 'CycloneDX', version, encoding: 'json' },
          components: [aComponent({ findings: [finding] })],
        }),
      );
      return JSON.parse(
        JSON.stringify(view, (key, value: unknown) =>
          key === 'components' ||
          key === 'component' ||
          key === '' ||
          key === 'vulnerabilities' ||
          key === 'vulnerability' ||
          key === 'ratings' ||
          key === 'rating' ||
          key === 'severity' ||
          /^\d+$/.test(key)
            ? value
            : undefined,
        ),
      );
    };
    const wrap = (rating: unknown): unknown => ({
      components: { component: { vulnerabilities: { vulnerability: { ratings: { rating } } } } },
    });
    expect(rated('1.6')).toEqual(wrap({ severity: 'Critical' }));
    expect(rated('1.3')).toEqual(
      wrap([
        { severity: 'Low' },
        { severity: 'Critical' },
        { severity: 'UnknownSeverity' },
        { severity: 'Critical' },
      ]),
    );
  });
});

test('the Go view has lists and zero values', () => {
  expect(
    goVulnerability(aFinding({ id: 'CVE-1', ratings: [{ severity: 'negligible' }], cwes: [79] }), aReport()),
  ).toEqual({
    Id: 'CVE-1',
    Ref: '',
    Source: { Name: '', Url: '' },
    Ratings: { Rating: [{ Score: { Base: 0 }, Severity: 'Negligible', Method: '', Vector: '' }] },
    Cwes: { Cwe: [79] },
    Description: '',
    Recommendations: { Recommendation: [] },
    Advisories: { Advisory: [] },
  });
});
