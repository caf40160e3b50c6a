/** Reports as scanners print them, small enough to read. */

export interface MadeVulnerability {
  id: string;
  severity: string;
  component?: string;
}

/** CycloneDX 1.6 JSON with top-level vulnerabilities, one component a name. */
export function cycloneDxJson(options: {
  subject?: { name: string; version: string };
  vulnerabilities?: MadeVulnerability[];
}): string {
  const vulnerabilities = options.vulnerabilities ?? [];
  const names = [...new Set(['left-pad', ...vulnerabilities.map((one) => one.component ?? 'left-pad')])];
  return JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      tools: {
        components: [{ type: 'application', name: 'made-scanner', version: '1.2.3', publisher: 'Tests' }],
      },
      component: {
        type: 'application',
        name: options.subject?.name ?? 'https://example.test/repo.git',
        version: options.subject?.version ?? '0f1e2d3c4b5a69788796a5b4c3d2e1f001234567',
      },
    },
    components: names.map((name) => ({ type: 'library', 'bom-ref': name, name, version: '1.0.0' })),
    vulnerabilities: vulnerabilities.map((one) => ({
      id: one.id,
      ratings: [{ severity: one.severity }],
      affects: [{ ref: one.component ?? 'left-pad' }],
    })),
  });
}

/** The nested form that the ancestor's scanner wrote: one vulnerability in one component. */
export function cycloneDxXml(id: string, severity: string): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<bom xmlns="http://cyclonedx.org/schema/bom/1.3" xmlns:v="http://cyclonedx.org/schema/ext/vulnerability/1.0" version="1">',
    '<metadata><tools><tool><vendor>Tests</vendor><name>old-scanner</name><version>0.1</version></tool></tools>',
    '<component type="container"><name>registry.test/app</name><version>sha256:1111</version></component></metadata>',
    '<components><component type="library"><name>left-pad</name><version>1.0.0</version><v:vulnerabilities>',
    `<v:vulnerability ref="a"><v:id>${id}</v:id><v:ratings><v:rating><v:severity>${severity}</v:severity></v:rating></v:ratings></v:vulnerability>`,
    '</v:vulnerabilities></component></components></bom>',
  ].join('\n');
}

/** The ancestor's documented policy, in our words: refuses two severities but for a list of ids. */
export const severityPolicy = `package main

notAllowed := ["Critical", "High"]

ignored := ["CVE-2000-0001"]

contains(list, item) = true {
  list[_] == item
} else = false {
  true
}

isSafe(match) {
  severities := {e | e := match.ratings.rating.severity} | {e | e := match.ratings.rating[_].severity}
  some i
  fails := contains(notAllowed, severities[i])
  not fails
}

isSafe(match) {
  contains(ignored, match.id)
}

deny[msg] {
  comps := {e | e := input.bom.components.component} | {e | e := input.bom.components.component[_]}
  some i
  comp := comps[i]
  vulns := {e | e := comp.vulnerabilities.vulnerability} | {e | e := comp.vulnerabilities.vulnerability[_]}
  some j
  vuln := vulns[j]
  ratings := {e | e := vuln.ratings.rating.severity} | {e | e := vuln.ratings.rating[_].severity}
  not isSafe(vuln)
  msg := sprintf("CVE %s %s %s", [comp.name, vuln.id, ratings])
}
`;
