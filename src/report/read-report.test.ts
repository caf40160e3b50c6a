import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScanLinkError } from '../lib/errors.ts';
import { aComponent, aFinding, aReport } from './builders.ts';
import { cycloneDxText } from './cyclonedx-write.ts';
import { encodeEnvelope } from './envelope.ts';
import { readReport } from './read-report.ts';
import type { ReadOptions, ReadReport } from './read-report.ts';
import { expectedCounts, expectedFindings, samples } from './samples.ts';
import { countReport } from './severity.ts';

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function readText(text: string | Uint8Array, options: ReadOptions = {}, size = 65_536): Promise<ReadReport> {
  return readReport(inChunks(typeof text === 'string' ? Buffer.from(text) : text, size), options);
}

async function failureOf(text: string | Uint8Array, options?: ReadOptions): Promise<ScanLinkError> {
  const thrown: unknown = await readText(text, options).then(
    (read) => `it was read: ${JSON.stringify(read).slice(0, 200)}`,
    (error: unknown) => error,
  );
  if (thrown instanceof ScanLinkError) return thrown;
  throw new Error(`no ScanLinkError: ${String(thrown)}`, { cause: thrown });
}

async function envelopeOf(text: string): Promise<string> {
  let all = '';
  for await (const line of encodeEnvelope([Buffer.from(text)])) all += line;
  return all;
}

function sha256(text: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

describe.each(samples)('$name', ({ text, encoding, lacks = [] }) => {
  test('gives the same findings and counts', async () => {
    const { report } = await readText(text);
    const found = Object.fromEntries(
      report.components.map((one) => [one.name, one.findings.map((finding) => finding.id).sort()]),
    );
    const { delta, ...rest } = expectedFindings;
    expect(found).toEqual(lacks.includes('cleanComponent') ? rest : { ...rest, delta });
    expect(countReport(report).counts).toEqual(expectedCounts);
    expect(report.format.encoding).toBe(encoding);
    expect(report.scanner.name).toBeTruthy();
    if (!lacks.includes('subject'))
      expect(report.subject).toMatchObject({ name: 'registry.example/app', version: 'sha256:aa' });
  });

  test('does so in any chunks, after log lines, before trailing lines, and in an envelope', async () => {
    const whole = await readText(text);
    for (const size of [1, 7, 1000]) expect(await readText(text, {}, size)).toEqual(whole);
    const noisy = `Pulling\u001b[2K 50%\rdone\n{"level":"info","msg":"vulnerability database <updated>"}\n\n${text.trimEnd()}\nall done\n`;
    const read = await readText(noisy, {}, 100);
    expect(read.report).toEqual(whole.report);
    expect(read.digest).toBe(sha256(text.trimEnd()));
    const envelope = await envelopeOf(text);
    const unpacked = await readText(`starting\n${envelope}bye\n`, {}, 50);
    expect(unpacked).toEqual(whole);
  });

  test('has the digest and length of the document', async () => {
    const read = await readText(text);
    expect(read.digest).toBe(sha256(text));
    expect(read.bytes).toBe(Buffer.byteLength(text));
  });

  test('cut anywhere it is truncated, never read', async () => {
    const bytes = Buffer.from(text.trimEnd());
    for (let cut = 600; cut < bytes.length; cut += 379) {
      const failure = await failureOf(bytes.subarray(0, cut));
      expect([cut, failure.code, failure.retry]).toEqual([cut, 'ReportTruncated', 'retryable']);
      expect(failure.message).toContain('report truncated');
    }
  });

  test('damaged anywhere it is read or refused with a code', async () => {
    const bytes = Buffer.from(text);
    const damage = fc.array(
      fc.tuple(
        fc.nat(bytes.length - 1),
        fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('<>{}[]":,&/\\\n'))),
        fc.nat(20),
      ),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        let changed = Buffer.from(bytes);
        for (const [at, byte, cut] of changes) {
          if (cut > 15) changed = Buffer.concat([changed.subarray(0, at), changed.subarray(at + cut)]);
          else if (at < changed.length) changed[at] = byte;
        }
        const outcome = await readText(changed).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ScanLinkError);
      }),
      { numRuns: 60 },
    );
  });
});

describe('what is refused, and how it is said', () => {
  const xml = (body: string, head = '<?xml version="1.0"?>\n'): string =>
    `${head}<bom xmlns="http://cyclonedx.org/schema/bom/1.4">${body}</bom>`;
  const json = (body: string): string => `{"bomFormat":"CycloneDX","specVersion":"1.5"${body}}`;
  const bomb =
    '<?xml version="1.0"?>\n<!DOCTYPE bom [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.4">&b;</bom>';

  test.each<[string, string | Uint8Array, string, RegExp, { line?: number; column?: number }?]>([
    ['nothing', '', 'ReportEmpty', /printed no report/],
    ['white space', ' \n\n\t\n', 'ReportEmpty', /empty/],
    [
      'only lines',
      'scanning\nfound nothing to say\n',
      'ReportFormatUnknown',
      /no report was found in 30 bytes/,
    ],
    [
      'only JSON log lines',
      '{"level":"info"}\n{"level":"warn"}\n',
      'ReportFormatUnknown',
      /no report was found/,
    ],
    [
      'the end of a document',
      '    </component>\n  </components>\n</bom>\n',
      'ReportTruncated',
      /report truncated: its beginning is missing/,
    ],
    [
      'the middle of a document',
      'pad"},\n{"type":"library","name":"left-pad"},\n{"type":"library","name":"right-pad"},\n',
      'ReportTruncated',
      /report truncated: its beginning is missing/,
    ],
    ['another XML', '<?xml version="1.0"?>\n<testsuite name="x"/>', 'ReportFormatUnknown', /<testsuite>/],
    ['a bom of another namespace', '<bom xmlns="urn:other"/>', 'ReportFormatUnknown', /"urn:other"/],
    [
      'a version to come',
      '<bom xmlns="http://cyclonedx.org/schema/bom/2.0"/>',
      'ReportFormatUnknown',
      /2\.0/,
    ],
    ['another JSON', '{\n"hello": "world"\n}', 'ReportFormatUnknown', /neither CycloneDX nor SPDX/],
    [
      'JSON of a version to come',
      '{"bomFormat":"CycloneDX","specVersion":"2.0"}',
      'ReportFormatUnknown',
      /"2\.0"/,
    ],
    ['an entity bomb', bomb, 'ReportInvalid', /declares entities/, { line: 2 }],
    [
      'an external DTD subset',
      '<!DOCTYPE bom SYSTEM "x" [ %y; ]>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>',
      'ReportInvalid',
      /DTD/,
    ],
    ['an unknown entity', xml('<components>&nbsp;</components>'), 'ReportInvalid', /entity/, { line: 2 }],
    [
      'tags that cross',
      xml('<components>\n<component></components></component>'),
      'ReportInvalid',
      /well-formed XML/,
      { line: 3 },
    ],
    [
      'an attribute twice',
      xml('<components a="1" a="2"/>'),
      'ReportInvalid',
      /well-formed XML: duplicate attribute/,
      { line: 2 },
    ],
    [
      'bytes that are no UTF-8 in XML',
      Buffer.from(xml('<components>\xe4\xf6\xfc</components>'), 'latin1'),
      'ReportInvalid',
      /not valid UTF-8 at byte \d+/,
    ],
    [
      'bytes that are no UTF-8 in JSON',
      Buffer.from(json(',"components":[{"name":"\xe4 x"}]'), 'latin1'),
      'ReportInvalid',
      /not UTF-8: bad bytes in "components"/,
      { line: 1 },
    ],
    [
      'an encoding nobody uses',
      '<?xml version="1.0" encoding="EBCDIC-CP-BE"?>\n<bom/>',
      'ReportInvalid',
      /"ebcdic-cp-be"/,
    ],
    [
      'a key twice',
      json(',"components":[],\n "components":[]'),
      'ReportInvalid',
      /"components" is given twice/,
      { line: 2, column: 2 },
    ],
    ['a missing comma', json(' "components":[]'), 'ReportInvalid', /, or \} is missing/, { line: 1 }],
    ['a missing value', json(',"components":,'), 'ReportInvalid', /value is missing/],
    [
      'nonsense in a part',
      json(',"components":[{"name":"a"},\n{"name":nope}]'),
      'ReportInvalid',
      /well-formed JSON/,
      { line: 2, column: 9 },
    ],
    ['a trailing comma', json(',"components":[{"name":"a"},]'), 'ReportInvalid', /value is missing/],
    ['brackets that cross', json(',"metadata":{"a":[}]'), 'ReportInvalid', /well-formed JSON/],
    ['a control character', json(',"metadata":{"a":"\u0001"}'), 'ReportInvalid', /well-formed JSON/],
    [
      '100,000 brackets',
      json(`,"metadata":${'['.repeat(100_000)}`),
      'ReportInvalid',
      /nested deeper than 256/,
    ],
    ['100,000 elements in each other', xml('<a>'.repeat(100_000)), 'ReportInvalid', /nested deeper than 256/],
    [
      'JSON that ends early',
      '{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"name":"a',
      'ReportTruncated',
      /report truncated: it ends within "components"/,
    ],
    [
      'UTF-16 that breaks',
      Buffer.from([0xff, 0xfe, 0x3c, 0x00, 0x00, 0xd8, 0x3c, 0x00]),
      'ReportInvalid',
      /UTF-16/,
    ],
  ])('%s', async (_, text, code, message, where) => {
    const failure = await failureOf(text);
    expect(failure.message).toMatch(message);
    expect(failure.code).toBe(code);
    expect(failure.retry).toBe('retryable');
    if (where) {
      expect(failure.where).toMatchObject(where);
      expect(failure.message).toContain(`line ${where.line}`);
    }
  });

  test.each<[string, () => string, ReadOptions, RegExp]>([
    ['bytes', () => xml(' '.repeat(5000)), { maxBytes: 4096 }, /larger than 4096 bytes/],
    [
      'bytes before a report',
      () => 'x\n'.repeat(5000),
      { maxBytes: 4096 },
      /no report was found within 4096/,
    ],
    [
      'components',
      () => json(`,"components":[${Array(11).fill('{"name":"a"}').join(',')}]`),
      { maxComponents: 10 },
      /more than 10 components/,
    ],
    [
      'findings',
      () => json(`,"vulnerabilities":[${[...Array(11).keys()].map((n) => `{"id":"CVE-${n}"}`).join(',')}]`),
      { maxFindings: 10 },
      /more than 10 findings/,
    ],
    [
      'a text of XML',
      () => xml(`<components>${'x'.repeat(300_000)}</components>`),
      { maxPart: 100_000 },
      /one text or tag of more than 100000/,
    ],
    ['a comment', () => xml(`<!--${'x'.repeat(300_000)}-->`), { maxPart: 100_000 }, /one text or tag/],
    [
      'attributes',
      () => xml(`<a ${[...Array(30_000).keys()].map((n) => `b${n}=""`).join(' ')}/>`),
      { maxPart: 100_000 },
      /one text or tag/,
    ],
    [
      'elements of a part',
      () => xml(`<metadata><tools>${'<tool/>'.repeat(300)}</tools></metadata>`),
      { maxNodes: 200 },
      /more than 200 elements/,
    ],
    [
      'a part of JSON',
      () => json(`,"metadata":{"a":"${'x'.repeat(300_000)}"}`),
      { maxPart: 100_000 },
      /"metadata", is larger than 100000/,
    ],
    [
      'names',
      () =>
        json(
          `,"components":[${Array(11)
            .fill(`{"name":"${'a'.repeat(1000)}"}`)
            .join(',')}]`,
        ),
      { maxNames: 10_000 },
      /names are longer than 10000 characters together/,
    ],
    [
      'ids',
      () =>
        json(
          `,"vulnerabilities":[${[...Array(11).keys()].map((n) => `{"id":"${n}-${'a'.repeat(1000)}"}`).join(',')}]`,
        ),
      { maxNames: 10_000 },
      /names are longer/,
    ],
  ])('too much: %s', async (_, text, limits, message) => {
    const failure = await failureOf(text(), limits);
    expect(failure.message).toMatch(message);
    expect(failure.code).toBe('ReportTooLarge');
  });
});

describe('what is read as well', () => {
  const component =
    '<components><component type="library" bom-ref="r"><name>Grüße – 你好 😀</name></component></components>';
  const bom = (declaration: string): string =>
    `${declaration}<bom xmlns="http://cyclonedx.org/schema/bom/1.4">${component}</bom>`;
  const wide = Buffer.from(`\ufeff${bom('<?xml version="1.0" encoding="UTF-16"?>')}`, 'utf16le');

  test.each<[string, Uint8Array]>([
    ['UTF-8 with a mark', Buffer.from(`\ufeff${bom('<?xml version="1.0"?>')}`)],
    ['UTF-8 without a declaration', Buffer.from(bom(''))],
    ['UTF-16, little end first', wide],
    ['UTF-16, big end first', Buffer.from(wide).swap16()],
    ['UTF-16 without a mark', wide.subarray(2)],
  ])('%s, in chunks that split characters', async (_, bytes) => {
    for (const size of [1, 3, 64, 100_000]) {
      const read = await readText(bytes, {}, size);
      expect(read.report.components[0]?.name).toBe('Grüße – 你好 😀');
      if (bytes !== wide) continue;
      expect(read.digest).toBe(sha256(bytes));
    }
  });

  test('ISO-8859-1 as it says', async () => {
    const text =
      '<?xml version="1.0" encoding="ISO-8859-1"?><bom xmlns="http://cyclonedx.org/schema/bom/1.4"><components><component><name>Grüße</name></component></components></bom>';
    const { report } = await readText(Buffer.from(text, 'latin1'));
    expect(report.components[0]?.name).toBe('Grüße');
  });

  test('JSON with a mark, and characters split by chunks', async () => {
    const bytes = Buffer.from(
      `\ufeff{"bomFormat":"CycloneDX","specVersion":"1.2","components":[{"name":"Grüße 😀 \\"x\\\\","version":"\\ud83d\\ude00"}]}`,
    );
    for (const size of [1, 2, 3, 5, 1000]) {
      const { report } = await readText(bytes, {}, size);
      expect(report.components[0]).toMatchObject({ name: 'Grüße 😀 "x\\', version: '😀' });
    }
  });

  test('a declaration after text in the same line, a DOCTYPE without content, prefixes for everything', async () => {
    const text =
      'report: <?xml version="1.0"?><!DOCTYPE b:bom><b:bom xmlns:b="http://cyclonedx.org/schema/bom/1.6"><b:components><b:component type="library"><b:name>x</b:name></b:component></b:components></b:bom>';
    expect((await readText(text)).report.components[0]?.name).toBe('x');
  });

  test.each(['1.0', '1.1', '1.2', '1.3', '1.4', '1.5', '1.6', '1.7', '1.8'])(
    'version %s in both encodings',
    async (version) => {
      const xml = await readText(`<bom xmlns="http://cyclonedx.org/schema/bom/${version}"/>`);
      const json = await readText(`{"specVersion":"${version}","bomFormat":"CycloneDX"}`);
      expect(xml.report.format).toEqual({ name: 'CycloneDX', version, encoding: 'xml' });
      expect(json.report.format).toEqual({ name: 'CycloneDX', version, encoding: 'json' });
    },
  );

  test('of a key given twice within a part the last counts, as in Go', async () => {
    const { report } = await readText(
      '{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"name":"a","name":"b"}]}',
    );
    expect(report.components[0]?.name).toBe('b');
  });

  test('a finding that affects nothing, the subject, or a component that is not there, is never lost', async () => {
    const text = JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      metadata: { component: { 'bom-ref': 'me', type: 'application', name: 'app' } },
      vulnerabilities: [
        { id: 'CVE-1', affects: [] },
        { id: 'CVE-2', affects: [{ ref: 'me' }] },
        { id: 'CVE-3', affects: [{ ref: 'pkg:npm/ghost@1' }] },
        { ratings: [{ severity: 'high' }], 'bom-ref': 'v4' },
      ],
    });
    const { report } = await readText(text);
    const found = report.components.map((one) => [
      one.name,
      one.purl,
      one.findings.map((finding) => finding.id),
    ]);
    expect(found).toEqual([
      ['app', undefined, ['CVE-1', 'v4']],
      ['app', undefined, ['CVE-2']],
      ['pkg:npm/ghost@1', 'pkg:npm/ghost@1', ['CVE-3']],
    ]);
    expect(countReport(report).counts).toMatchObject({ CVETOTAL: 4, HIGH: 1 });
  });

  test('SPDX 2.3 with its packages, and the document as it came', async () => {
    const document = {
      spdxVersion: 'SPDX-2.3',
      SPDXID: 'SPDXRef-DOCUMENT',
      name: 'app',
      creationInfo: {
        created: '2024-05-01T00:00:00Z',
        creators: ['Organization: Anchore, Inc', 'Tool: syft-1.57.0'],
      },
      packages: [
        {
          SPDXID: 'SPDXRef-1',
          name: 'alpha',
          versionInfo: '1.0',
          licenseConcluded: 'NOASSERTION',
          externalRefs: [
            {
              referenceCategory: 'PACKAGE-MANAGER',
              referenceType: 'purl',
              referenceLocator: 'pkg:npm/alpha@1.0',
            },
          ],
        },
      ],
    };
    const { report } = await readText(JSON.stringify(document, undefined, 1));
    expect(report.spdx).toEqual(document);
    expect(report).toMatchObject({
      format: { name: 'SPDX', version: '2.3' },
      scanner: { name: 'syft', version: '1.57.0', vendor: 'Anchore, Inc' },
    });
    expect(report.components).toEqual([
      {
        ref: 'SPDXRef-1',
        type: 'library',
        name: 'alpha',
        version: '1.0',
        purl: 'pkg:npm/alpha@1.0',
        licenses: [],
        findings: [],
      },
    ]);
  });

  test('equal findings are one object, whatever the number of components', async () => {
    const { report } = await readText(samples[0]?.text ?? '');
    const [alpha, beta] = report.components;
    expect(alpha?.findings[0]).toBe(beta?.findings[0]);
  });

  test('beyond the bound of kept text findings stay and their descriptions go', async () => {
    const { report } = await readText(samples[1]?.text ?? '', { maxKeptText: 200 });
    expect(countReport(report).counts).toEqual(expectedCounts);
    expect(report.components[0]?.findings[0]?.description).toBe('What CVE-2024-0001 is about');
    expect(report.components[2]?.findings[0]?.description).toBeUndefined();
  });

  test.each(['plain', 'envelope'])('what the source throws is passed on: %s', async (form) => {
    const text = samples[0]?.text ?? '';
    const bytes = Buffer.from(form === 'plain' ? text : await envelopeOf(text));
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, bytes.length / 2);
      throw new TypeError('the connection was reset');
    }
    await expect(readReport(broken())).rejects.toThrow(new TypeError('the connection was reset'));
  });

  test('an abort signal ends it', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(readText(samples[0]?.text ?? '', { signal })).rejects.toThrow('enough');
  });
});

describe('what our writer wrote', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/);
  const finding = fc.record({
    id: fc.stringMatching(/^CVE-20\d\d-\d{4}$/),
    severity: fc.constantFrom('CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN'),
    description: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    aliases: fc.uniqueArray(word, { maxLength: 2 }),
    advisories: fc.array(fc.webUrl(), { maxLength: 2 }),
    cwes: fc.uniqueArray(fc.nat(2000), { maxLength: 2 }),
    fixedIn: fc.uniqueArray(word, { maxLength: 2 }),
  } as const);
  const component = fc.record({
    name: word,
    version: word,
    licenses: fc.uniqueArray(word, { maxLength: 2 }),
    findings: fc.uniqueArray(finding, { maxLength: 4, selector: (one) => one.id }),
  });

  test('is read back the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(component, { maxLength: 5 }),
        fc.array(fc.string(), { maxLength: 2 }),
        async (components, incomplete) => {
          const report = aReport({
            components: components.map((one, index) =>
              aComponent({ ...one, ref: `c${index}`, findings: one.findings.map((each) => aFinding(each)) }),
            ),
            incomplete: incomplete.filter((note) => note !== ''),
            db: { name: 'osv', version: '2026-01', date: '2026-01-01T00:00:00Z' },
            subject: { name: 'app', version: 'sha256:1', type: 'container' },
            timestamp: '2026-01-02T03:04:05Z',
          });
          const text = cycloneDxText(report, { version: '1.6' });
          expect(cycloneDxText(report, { version: '1.6' })).toBe(text);
          const read = await readText(text);
          const { serialNumber, ...rest } = read.report;
          expect(serialNumber).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
          expect(sorted(rest)).toEqual(sorted(report));
        },
      ),
    );
  });

  /** Findings come back in the order of the document's list. */
  function sorted(report: Pick<ReturnType<typeof aReport>, 'components'>): object {
    const components = report.components.map((one) => ({
      ...one,
      findings: one.findings.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    }));
    return { ...report, components };
  }
});
