/** Makes large CycloneDX documents of given size for `bench/report.ts`, like what scanners write. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

/** A generator of numbers from 0 to 1 that gives the same ones every time. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const words =
  'a buffer overflow in the parser of crafted input allows remote attackers to cause denial of service or run code via requests'.split(
    ' ',
  );
const levels = ['Critical', 'High', 'Medium', 'Low', 'Negligible', 'Unknown'];

interface Vulnerability {
  id: string;
  severity: string;
  score: string;
  description: string;
}

/** As many vulnerabilities as there are in a large image: their texts differ, and repeat for every package. */
function vulnerabilities(count: number): Vulnerability[] {
  const next = numbers(7);
  return Array.from({ length: count }, (_, index) => ({
    id: `CVE-${2005 + (index % 20)}-${10_000 + index}`,
    severity: levels[Math.floor(next() * levels.length)] ?? 'Low',
    score: (next() * 10).toFixed(1),
    description: Array.from(
      { length: 40 + Math.floor(next() * 60) },
      () => words[Math.floor(next() * words.length)],
    ).join(' '),
  }));
}

export type Shape = 'xml' | 'xml-1.6' | 'json';

/** Writes a document of at least `bytes` bytes; `xml` is the nested form of 1.2, the others are 1.6. */
export async function writeDocument(path: string, shape: Shape, bytes: number): Promise<void> {
  const out = createWriteStream(path);
  let written = 0;
  const put = async (text: string): Promise<void> => {
    written += text.length;
    if (!out.write(text)) await once(out, 'drain');
  };
  const known = vulnerabilities(6000);
  const parts = shape === 'xml' ? nestedXml : shape === 'json' ? json : listXml;
  for (const text of parts(known, () => written >= bytes)) await put(text);
  out.end();
  await once(out, 'close');
}

function* nestedXml(known: Vulnerability[], done: () => boolean): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.2" xmlns:v="http://cyclonedx.org/schema/ext/vulnerability/1.0" version="1" serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79">\n  <metadata>\n    <timestamp>2026-01-01T00:00:00Z</timestamp>\n    <tools><tool><vendor>anchore</vendor><name>grype</name><version>0.54.0</version></tool></tools>\n    <component type="container"><name>registry.example/app</name><version>sha256:0</version></component>\n  </metadata>\n  <components>\n';
  for (let at = 0; !done(); at += 1) {
    yield `    <component type="library">\n      <name>package-${at}</name>\n      <version>1.${at % 50}.${at % 7}</version>\n      <licenses>\n        <license>\n          <name>MIT</name>\n        </license>\n      </licenses>\n      <purl>pkg:deb/debian/package-${at}@1.${at % 50}.${at % 7}?arch=amd64</purl>\n      <v:vulnerabilities>\n`;
    for (let n = 0; n < 10; n += 1) {
      const one = known[(at * 10 + n * 37) % known.length];
      if (one)
        yield `        <v:vulnerability ref="urn:uuid:${String(at * 10 + n).padStart(12, '0')}">\n          <v:id>${one.id}</v:id>\n          <v:source name="debian:12">\n            <v:url>https://security-tracker.example/tracker/${one.id}</v:url>\n          </v:source>\n          <v:ratings>\n            <v:rating>\n              <v:score>\n                <v:base>${one.score}</v:base>\n              </v:score>\n              <v:severity>${one.severity}</v:severity>\n              <v:method>CVSSv3</v:method>\n              <v:vector>CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H</v:vector>\n            </v:rating>\n          </v:ratings>\n          <v:description>${one.description}</v:description>\n          <v:advisories>\n            <v:advisory>https://security-tracker.example/tracker/${one.id}</v:advisory>\n          </v:advisories>\n        </v:vulnerability>\n`;
    }
    yield '      </v:vulnerabilities>\n    </component>\n';
  }
  yield '  </components>\n</bom>\n';
}

function* listXml(known: Vulnerability[], done: () => boolean): Generator<string> {
  const components = 5000;
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">\n  <metadata>\n    <tools><components><component type="application"><author>anchore</author><name>grype</name><version>0.90.0</version></component></components></tools>\n  </metadata>\n  <components>\n';
  for (let at = 0; at < components; at += 1)
    yield `    <component bom-ref="c${at}" type="library">\n      <name>package-${at}</name>\n      <version>1.0</version>\n    </component>\n`;
  yield '  </components>\n  <vulnerabilities>\n';
  for (let at = 0; !done(); at += 1) {
    const one = known[(at * 37) % known.length];
    if (one)
      yield `    <vulnerability bom-ref="urn:uuid:${String(at).padStart(12, '0')}">\n      <id>${one.id}</id>\n      <source><name>debian</name><url>https://security-tracker.example/${one.id}</url></source>\n      <ratings>\n        <rating>\n          <score>${one.score}</score>\n          <severity>${one.severity.toLowerCase()}</severity>\n          <method>CVSSv31</method>\n          <vector>CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H</vector>\n        </rating>\n      </ratings>\n      <description>${one.description}</description>\n      <affects>\n        <target>\n          <ref>c${(at * 7) % components}</ref>\n        </target>\n      </affects>\n    </vulnerability>\n`;
  }
  yield '  </vulnerabilities>\n</bom>\n';
}

function* json(known: Vulnerability[], done: () => boolean): Generator<string> {
  const components = 5000;
  yield '{\n  "bomFormat": "CycloneDX",\n  "specVersion": "1.6",\n  "version": 1,\n  "metadata": {"tools": {"components": [{"type": "application", "author": "anchore", "name": "grype", "version": "0.90.0"}]}},\n  "components": [\n';
  for (let at = 0; at < components; at += 1)
    yield `${at === 0 ? '' : ',\n'}    {"bom-ref": "c${at}", "type": "library", "name": "package-${at}", "version": "1.0"}`;
  yield '\n  ],\n  "vulnerabilities": [\n';
  for (let at = 0; !done(); at += 1) {
    const one = known[(at * 37) % known.length];
    const entry = one && {
      'bom-ref': `urn:uuid:${at}`,
      id: one.id,
      source: { name: 'debian', url: `https://security-tracker.example/${one.id}` },
      ratings: [
        {
          score: Number(one.score),
          severity: one.severity.toLowerCase(),
          method: 'CVSSv31',
          vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
        },
      ],
      description: one.description,
      affects: [{ ref: `c${(at * 7) % components}` }],
    };
    yield `${at === 0 ? '' : ',\n'}${JSON.stringify(entry, undefined, 2)}`;
  }
  yield '\n  ]\n}\n';
}
