/**
 * The same scan as different scanners write it, for tests here and of policies: two packages that share a critical
 * vulnerability, one with a medium and one with a low one besides, one whose vulnerability nobody rated, and one
 * with nothing. Made up, in the shape of each scanner's output.
 */

export interface Sample {
  name: string;
  text: string;
  encoding: 'xml' | 'json';
  /** What the sample cannot say, so that tests do not ask for it. */
  lacks?: ('cleanComponent' | 'subject')[];
}

const v31 = {
  critical: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
  medium: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N',
  low: 'CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N',
};

/** What every sample comes to: per component, ids in order. */
export const expectedFindings: Readonly<Record<string, readonly string[]>> = {
  alpha: ['CVE-2024-0001', 'CVE-2024-0002'],
  beta: ['CVE-2024-0001', 'CVE-2024-0003'],
  gamma: ['CVE-2024-0004'],
  delta: [],
};

export const expectedCounts = { CRITICAL: 1, HIGH: 0, MEDIUM: 1, LOW: 1, UNKNOWN: 1, CVETOTAL: 4 };

function grypeOld(): string {
  const vulnerability = (id: string, severity: string, score = '', vector = ''): string => `
        <v:vulnerability ref="urn:uuid:0b6cbb9e-2c1f-4f8c-9d4e-${id.slice(-4)}00000000">
          <v:id>${id}</v:id>
          <v:source name="debian:12">
            <v:url>https://tracker.example/${id}</v:url>
          </v:source>
          <v:ratings>
            <v:rating>${score && `<v:score><v:base>${score}</v:base></v:score>`}
              <v:severity>${severity}</v:severity>${vector && `<v:method>CVSSv3</v:method><v:vector>${vector}</v:vector>`}
            </v:rating>
          </v:ratings>
          <v:description>What ${id} is about &amp; more</v:description>
          <v:advisories>
            <v:advisory>https://tracker.example/${id}</v:advisory>
          </v:advisories>
        </v:vulnerability>`;
  const component = (name: string, version: string, ...all: string[]): string => `
    <component type="library">
      <name>${name}</name>
      <version>${version}</version>
      <licenses>
        <license>
          <name>MIT</name>
        </license>
      </licenses>${all.length === 0 ? '' : `\n      <v:vulnerabilities>${all.join('')}\n      </v:vulnerabilities>`}
    </component>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.2" xmlns:v="http://cyclonedx.org/schema/ext/vulnerability/1.0" version="1" serialNumber="urn:uuid:58a0ec0c-0000-4000-8000-000000000001">
  <metadata>
    <timestamp>2024-05-01T10:00:00Z</timestamp>
    <tools>
      <tool>
        <vendor>anchore</vendor>
        <name>grype</name>
        <version>0.54.0</version>
      </tool>
    </tools>
    <component type="container">
      <name>registry.example/app</name>
      <version>sha256:aa</version>
    </component>
  </metadata>
  <components>${component('alpha', '1.0', vulnerability('CVE-2024-0001', 'Critical', '9.8', v31.critical), vulnerability('CVE-2024-0002', 'Medium', '5.3', v31.medium))}${component('beta', '2.0', vulnerability('CVE-2024-0001', 'Critical', '9.8', v31.critical), vulnerability('CVE-2024-0003', 'Low'))}${component('gamma', '3.0', vulnerability('CVE-2024-0004', 'Unknown'))}${component('delta', '4.0')}
  </components>
</bom>
`;
}

const newVulnerabilities: readonly [
  id: string,
  severity: string,
  score: number | undefined,
  vector: string | undefined,
  ref: string,
][] = [
  ['CVE-2024-0001', 'critical', 9.8, v31.critical, 'pkg:deb/debian/alpha@1.0?package-id=01'],
  ['CVE-2024-0002', 'medium', 5.3, v31.medium, 'pkg:deb/debian/alpha@1.0?package-id=01'],
  ['CVE-2024-0001', 'critical', 9.8, v31.critical, 'pkg:deb/debian/beta@2.0?package-id=02'],
  ['CVE-2024-0003', 'low', undefined, undefined, 'pkg:deb/debian/beta@2.0?package-id=02'],
  ['CVE-2024-0004', 'unknown', undefined, undefined, 'pkg:deb/debian/gamma@3.0?package-id=03'],
];

const newComponents = [
  ['alpha', '1.0', '01'],
  ['beta', '2.0', '02'],
  ['gamma', '3.0', '03'],
  ['delta', '4.0', '04'],
] as const;

function grypeNewXml(): string {
  const components = newComponents.map(
    ([name, version, id]) => `
    <component bom-ref="pkg:deb/debian/${name}@${version}?package-id=${id}" type="library">
      <publisher>Somebody &lt;somebody@example.org&gt;</publisher>
      <name>${name}</name>
      <version>${version}</version>
      <licenses><license><id>MIT</id></license></licenses>
      <cpe>cpe:2.3:a:${name}:${name}:${version}:*:*:*:*:*:*:*</cpe>
      <purl>pkg:deb/debian/${name}@${version}</purl>
      <properties><property name="syft:package:type">deb</property></properties>
    </component>`,
  );
  const vulnerabilities = newVulnerabilities.map(
    ([id, severity, score, vector, ref], index) => `
    <vulnerability bom-ref="urn:uuid:5d2f7a10-0000-4000-8000-00000000000${index}">
      <id>${id}</id>
      <source>
        <name>debian-distro-debian-12</name>
        <url>https://tracker.example/${id}</url>
      </source>
      <ratings>
        <rating>${score === undefined ? '' : `<score>${score}</score>`}
          <severity>${severity}</severity>${vector === undefined ? '' : `<method>CVSSv31</method><vector>${vector}</vector>`}
        </rating>
      </ratings>
      <description>What ${id} is about</description>
      <advisories><advisory><url>https://tracker.example/${id}</url></advisory></advisories>
      <affects>
        <target>
          <ref>${ref}</ref>
        </target>
      </affects>
    </vulnerability>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.5" serialNumber="urn:uuid:58a0ec0c-0000-4000-8000-000000000002" version="1">
  <metadata>
    <timestamp>2024-05-01T10:00:00Z</timestamp>
    <tools>
      <components>
        <component type="application">
          <author>anchore</author>
          <name>grype</name>
          <version>0.74.0</version>
        </component>
      </components>
    </tools>
    <component bom-ref="af63bd4c8601b7f1" type="container">
      <name>registry.example/app</name>
      <version>sha256:aa</version>
    </component>
  </metadata>
  <components>${components.join('')}
  </components>
  <vulnerabilities>${vulnerabilities.join('')}
  </vulnerabilities>
</bom>
`;
}

function json(document: object): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

const subject = {
  'bom-ref': 'af63bd4c8601b7f1',
  type: 'container',
  name: 'registry.example/app',
  version: 'sha256:aa',
};

function grypeNewJson(): string {
  return json({
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: 'urn:uuid:58a0ec0c-0000-4000-8000-000000000003',
    version: 1,
    metadata: {
      timestamp: '2024-05-01T10:00:00Z',
      tools: { components: [{ type: 'application', author: 'anchore', name: 'grype', version: '0.90.0' }] },
      component: subject,
    },
    components: newComponents.map(([name, version, id]) => ({
      'bom-ref': `pkg:deb/debian/${name}@${version}?package-id=${id}`,
      type: 'library',
      name,
      version,
      licenses: [{ license: { id: 'MIT' } }],
      purl: `pkg:deb/debian/${name}@${version}`,
    })),
    vulnerabilities: newVulnerabilities.map(([id, severity, score, vector, ref]) => ({
      'bom-ref': `urn:uuid:${id}`,
      id,
      source: { name: 'debian-distro-debian-12', url: `https://tracker.example/${id}` },
      ratings: [{ score, severity, method: vector && 'CVSSv31', vector }],
      description: `What ${id} is about`,
      advisories: [{ url: `https://tracker.example/${id}` }],
      affects: [{ ref }],
    })),
  });
}

function trivy(): string {
  const refs = Object.fromEntries(
    newComponents.map(([name, version]) => [name, `pkg:npm/${name}@${version}`]),
  );
  const affects = (...names: string[]): object[] =>
    names.map((name) => ({
      ref: refs[name],
      versions: [{ version: newComponents.find(([one]) => one === name)?.[1], status: 'affected' }],
    }));
  return json({
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: 'urn:uuid:58a0ec0c-0000-4000-8000-000000000004',
    version: 1,
    metadata: {
      timestamp: '2024-05-01T10:00:00+00:00',
      tools: {
        components: [{ type: 'application', group: 'aquasecurity', name: 'trivy', version: '0.69.3' }],
      },
      component: { ...subject, properties: [{ name: 'aquasecurity:trivy:SchemaVersion', value: '2' }] },
    },
    components: newComponents.map(([name, version]) => ({
      'bom-ref': refs[name],
      type: 'library',
      name,
      version,
      licenses: [{ license: { name: 'MIT' } }],
      purl: refs[name],
      properties: [{ name: 'aquasecurity:trivy:PkgType', value: 'npm' }],
    })),
    dependencies: [{ ref: 'af63bd4c8601b7f1', dependsOn: Object.values(refs) }],
    vulnerabilities: [
      {
        id: 'CVE-2024-0001',
        source: { name: 'ghsa', url: 'https://github.example/advisories' },
        ratings: [
          { source: { name: 'nvd' }, score: 5.5, severity: 'medium', method: 'CVSSv31' },
          {
            source: { name: 'ghsa' },
            score: 9.8,
            severity: 'critical',
            method: 'CVSSv31',
            vector: v31.critical,
          },
          { source: { name: 'redhat' }, severity: 'low' },
        ],
        cwes: [20, 502],
        description: 'What CVE-2024-0001 is about',
        recommendation: 'Upgrade alpha to version 1.1; Upgrade beta to version 2.1',
        advisories: [{ url: 'https://tracker.example/CVE-2024-0001' }],
        published: '2024-01-01T00:00:00+00:00',
        affects: affects('alpha', 'beta'),
      },
      {
        id: 'CVE-2024-0002',
        ratings: [
          { source: { name: 'nvd' }, severity: 'medium', score: 5.3, vector: v31.medium },
          { source: { name: 'suse' }, severity: 'info' },
        ],
        description: 'What CVE-2024-0002 is about',
        affects: affects('alpha'),
      },
      {
        id: 'CVE-2024-0003',
        ratings: [{ source: { name: 'debian' }, severity: 'low' }],
        affects: affects('beta'),
      },
      {
        id: 'CVE-2024-0004',
        ratings: [{ source: { name: 'debian' }, severity: 'unknown' }],
        affects: affects('gamma'),
      },
    ],
  });
}

/** Ratings with a vector and no severity; tools as a list. */
function osvScanner(): string {
  const entry = (id: string, vector: string | undefined, ...names: string[]): object => ({
    id,
    ratings: vector === undefined ? undefined : [{ method: 'CVSSv31', vector }],
    references: [{ id: `GHSA-${id.slice(-4)}-aaaa-bbbb`, source: {} }],
    description: `What ${id} is about`,
    affects: names.map((name) => ({ ref: `pkg:npm/${name}` })),
  });
  return json({
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { tools: [{ vendor: 'google', name: 'osv-scanner', version: '2.5.0' }], component: subject },
    components: newComponents.map(([name, version]) => ({
      'bom-ref': `pkg:npm/${name}`,
      type: 'library',
      name,
      version,
      purl: `pkg:npm/${name}@${version}`,
    })),
    vulnerabilities: [
      entry('CVE-2024-0001', v31.critical, 'alpha', 'beta'),
      entry('CVE-2024-0002', v31.medium, 'alpha'),
      entry('CVE-2024-0003', v31.low, 'beta'),
      entry('CVE-2024-0004', undefined, 'gamma'),
    ],
  });
}

/** An SBOM as Syft writes it, with components in components, enriched with vulnerabilities before the components. */
function syftNested(): string {
  const [alpha, beta, gamma, delta] = newComponents.map(([name, version, id]) => ({
    'bom-ref': `pkg:deb/debian/${name}@${version}?package-id=${id}`,
    type: 'library',
    name,
    version,
    licenses: [{ expression: 'MIT OR Apache-2.0' }],
  }));
  return json({
    vulnerabilities: newVulnerabilities.map(([id, severity, , vector, ref]) => ({
      id,
      ratings: [{ severity: severity === 'unknown' ? undefined : severity.toUpperCase(), vector }],
      affects: [{ ref: `urn:cdx:58a0ec0c-0000-4000-8000-000000000006/1#${encodeURIComponent(ref)}` }],
    })),
    components: [{ ...alpha, components: [{ ...beta, components: [gamma] }] }, delta],
    metadata: {
      tools: { components: [{ type: 'application', author: 'anchore', name: 'syft', version: '1.57.0' }] },
      component: subject,
    },
    serialNumber: 'urn:uuid:58a0ec0c-0000-4000-8000-000000000006',
    specVersion: '1.7',
    bomFormat: 'CycloneDX',
  });
}

function snyk(): string {
  return JSON.stringify({
    $schema: 'http://cyclonedx.org/schema/bom-1.4.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.4',
    version: 1,
    metadata: {
      timestamp: '2024-05-01T10:00:00Z',
      tools: [{ vendor: 'Snyk', name: 'snyk-cli', version: '1.1293.0' }],
      component: subject,
    },
    components: newComponents.map(([name, version], index) => ({
      'bom-ref': `${index + 1}-${name}@${version}`,
      type: 'library',
      name,
      version,
    })),
    vulnerabilities: newVulnerabilities.map(([id, severity, score, vector, ref], index) => ({
      'bom-ref': `${index}-${id}`,
      id,
      references: [{ id: `SNYK-JS-${index}`, source: { name: 'Snyk', url: 'https://snyk.example' } }],
      ratings: [
        {
          source: { name: 'Snyk' },
          score,
          severity: severity === 'unknown' ? undefined : severity,
          method: 'CVSSv31',
          vector,
        },
      ],
      cwes: [79],
      description: `## What ${id} is about`,
      affects: [{ ref: `${Number(ref.slice(-1))}-${/debian\/(.*)\?/.exec(ref)?.[1]}` }],
    })),
  });
}

/** Nested, another prefix, severities in capitals, several vulnerabilities to a component, everything in one line. */
function carbonBlack(): string {
  const vulnerability = (id: string, severity: string): string =>
    `<vuln:vulnerability ref="x"><vuln:id>${id}</vuln:id><vuln:source name="carbonblack"><vuln:url>https://tracker.example/${id}</vuln:url></vuln:source>` +
    `<vuln:ratings><vuln:rating><vuln:score><vuln:base>7.0</vuln:base></vuln:score><vuln:severity>${severity}</vuln:severity></vuln:rating></vuln:ratings>` +
    `<vuln:cwes><vuln:cwe>CWE-20</vuln:cwe></vuln:cwes><vuln:description><![CDATA[What ${id} is <about>]]></vuln:description>` +
    `<vuln:recommendations><vuln:recommendation>Upgrade</vuln:recommendation></vuln:recommendations></vuln:vulnerability>`;
  const component = (name: string, version: string, ...all: string[]): string =>
    `<component type="library" bom-ref="${name}"><name>${name}</name><version>${version}</version><vuln:vulnerabilities>${all.join('')}</vuln:vulnerabilities></component>`;
  return (
    '<bom xmlns="http://cyclonedx.org/schema/bom/1.3" xmlns:vuln="http://cyclonedx.org/schema/ext/vulnerability/1.0" version="1">' +
    '<metadata><tools><tool><vendor>VMware</vendor><name>cbctl</name><version>1.9.0</version></tool></tools>' +
    '<component type="container"><name>registry.example/app</name><version>sha256:aa</version></component></metadata><components>' +
    component(
      'alpha',
      '1.0',
      vulnerability('CVE-2024-0001', 'CRITICAL'),
      vulnerability('CVE-2024-0002', 'MEDIUM'),
    ) +
    component(
      'beta',
      '2.0',
      vulnerability('CVE-2024-0001', 'CRITICAL'),
      vulnerability('CVE-2024-0003', 'LOW'),
    ) +
    component('gamma', '3.0', vulnerability('CVE-2024-0004', 'UNKNOWN')) +
    component('delta', '4.0') +
    '</components></bom>'
  );
}

function snykSpdx(): string {
  const entry = (id: string, severity: string | undefined, ...names: string[]): object => ({
    id,
    name: id,
    summary: `What ${id} is about`,
    relationships: names.map((name) => ({
      affect: { to: ['docker-image|app@1', name], type: 'AFFECTS' },
      ratedBy: {
        type: 'RATED_BY',
        cwes: [190],
        rating: severity === undefined ? [] : [{ method: 'CVSS_3', severity }],
      },
    })),
    externalReferences: [{ category: 'ADVISORY', locator: `https://tracker.example/${id}` }],
  });
  return json({
    id: 'SPDXRef-docker-image|app',
    specVersion: 'SPDX-3.0',
    creator: 'Organization: Snyk Ltd',
    created: '2024-05-01T10:00:00Z',
    vulnerabilities: [
      entry('CVE-2024-0001', 'Critical', 'alpha', 'beta'),
      entry('CVE-2024-0002', 'Medium', 'alpha'),
      entry('CVE-2024-0003', 'Low', 'beta'),
      entry('CVE-2024-0004', undefined, 'gamma'),
    ],
  });
}

export const samples: readonly Sample[] = [
  { name: 'Grype 0.54, XML 1.2, nested', text: grypeOld(), encoding: 'xml' },
  { name: 'Grype 0.74, XML 1.5', text: grypeNewXml(), encoding: 'xml' },
  { name: 'Grype 0.90, JSON 1.6', text: grypeNewJson(), encoding: 'json' },
  { name: 'Trivy, JSON 1.6', text: trivy(), encoding: 'json' },
  { name: 'osv-scanner, JSON 1.5', text: osvScanner(), encoding: 'json' },
  { name: 'Syft with vulnerabilities, JSON 1.7, nested components', text: syftNested(), encoding: 'json' },
  { name: 'Snyk, JSON 1.4 in one line', text: snyk(), encoding: 'json' },
  { name: 'Carbon Black, XML 1.3, nested', text: carbonBlack(), encoding: 'xml' },
  {
    name: 'Snyk, SPDX with vulnerabilities',
    text: snykSpdx(),
    encoding: 'json',
    lacks: ['cleanComponent', 'subject'],
  },
];
