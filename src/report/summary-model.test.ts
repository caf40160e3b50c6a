import { describe, expect, test } from 'vitest';
import { ScanLinkError } from '../lib/errors.ts';
import { readSummary } from './summary-model.ts';

const whole = `fetch:
  git:
    url: https://git.example/app.git
    revision: main
    path: /workspace/source
sbom:
  packageCount: 17
  reports: [/workspace/sbom/sbom.xml]
scan:
  cveCount: { critical: 1, high: 2, medium: 3, low: 4, unknown: 5 }
  scanner:
    name: grype
    vendor: anchore
    version: 1.0
    db:
      version: 2024-05-01T00:00:00Z
  reports:
    - /workspace/scan/scan.xml
eval:
  violations:
    - CVE-2024-0001 is not allowed
    - msg: CVE-2024-0002 is not allowed
store:
  locations: ['https://store.example/reports/1']
`;

const read = {
  fetch: { git: { url: 'https://git.example/app.git', revision: 'main', path: '/workspace/source' } },
  sbom: { packageCount: 17, reports: ['/workspace/sbom/sbom.xml'] },
  counts: { CRITICAL: 1, HIGH: 2, MEDIUM: 3, LOW: 4, UNKNOWN: 5, CVETOTAL: 15 },
  scanner: { name: 'grype', vendor: 'anchore', version: '1', dbVersion: '2024-05-01T00:00:00Z' },
  reports: ['/workspace/scan/scan.xml'],
  violations: ['CVE-2024-0001 is not allowed', 'CVE-2024-0002 is not allowed'],
  locations: ['https://store.example/reports/1'],
};

describe('the summary', () => {
  test.each<[string, string]>([
    ['alone', whole],
    ['with lines ends of Windows', whole.replaceAll('\n', '\r\n')],
    ['after a document mark', `---\n${whole}`],
    ['after log lines', `merging /workspace/scan/out.yaml: done\nWARN: nothing in /workspace/x\n\n${whole}`],
    ['after another document', `scan:\n  cveCount: {critical: 99}\n---\n${whole}`],
    ['after another without a mark between', `scan:\n  cveCount: {critical: 99}\n${whole}`],
    ['after something broken', `scan: [\n${whole}`],
  ])('%s', (_, text) => expect(readSummary(text)).toEqual(read));

  test('needs only scan, and knows what was not said from what was empty', () => {
    const model = readSummary('scan:\n  cveCount:\n    high: 2\n');
    expect(model).toMatchObject({ counts: { CRITICAL: 0, HIGH: 2, CVETOTAL: 2 }, reports: [] });
    expect(model.violations).toBeUndefined();
    expect(readSummary('scan: {}\neval:\n  violations: []\nstore: {}\n')).toMatchObject({
      violations: [],
      locations: [],
    });
    expect(readSummary('scan: {}\neval:\n').violations).toBeUndefined();
  });

  test.each<[string, string, RegExp]>([
    ['nothing', ' \n', /printed nothing/],
    ['lines only', 'all done\n', /"scan:" is missing/],
    ['no scan', 'eval:\n  violations: []\n', /scan is wrong/],
    ['scan without content', 'scan:\n', /scan is wrong/],
    ['a count that is none', 'scan:\n  cveCount:\n    high: many\n', /scan\.cveCount\.high is wrong/],
    ['a negative count', 'scan:\n  cveCount:\n    high: -1\n', /scan\.cveCount\.high is wrong/],
    ['YAML that breaks', 'hello\nscan:\n  cveCount: {high: 1\n', /not valid YAML.*line \d/],
    ['aliases without end', `a: &a [x,x,x,x,x,x,x,x,x]\nscan: &b [*a,*a]\n`, /scan|YAML/],
    ['too much', 'x'.repeat(5_000_000), /more than 4194304/],
  ])('%s is SummaryInvalid', (_, text, message) => {
    const failing = (): unknown => readSummary(text);
    expect(failing).toThrow(message);
    expect(failing).toThrow(ScanLinkError);
    expect(failing).toThrow(expect.objectContaining({ code: 'SummaryInvalid', retry: 'retryable' }));
  });

  test('a YAML bomb is refused, not expanded', () => {
    const levels = 'bcdefghij'
      .split('')
      .map((name, index) => `  ${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(',')}]`);
    expect(() => readSummary(`scan:\n  a: &a [x]\n${levels.join('\n')}\n`)).toThrow(/alias/);
  });
});
