/** Makes reports for tests: name what matters, the rest is filled in. */
import type { Component, Finding, Report } from './model.ts';

export function aFinding(given: Partial<Finding> = {}): Finding {
  const severity = given.severity ?? 'HIGH';
  return {
    id: 'CVE-2024-0001',
    severity,
    ratings: [{ severity: severity.toLowerCase() }],
    aliases: [],
    advisories: [],
    cwes: [],
    fixedIn: [],
    ...given,
  };
}

export function aComponent(given: Partial<Component> = {}): Component {
  const name = given.name ?? 'left-pad';
  return { ref: name, type: 'library', name, version: '1.0.0', licenses: [], findings: [], ...given };
}

export function aReport(given: Partial<Report> = {}): Report {
  return {
    format: { name: 'CycloneDX', version: '1.6', encoding: 'json' },
    scanner: { name: 'example-scanner', vendor: 'example', version: '1.2.3' },
    components: [],
    incomplete: [],
    ...given,
  };
}
