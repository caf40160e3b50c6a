/** The table of what can go wrong inside a scan's pod, its report and its policy: one row each, with what it says. */
import { cycloneDxJson, cycloneDxXml } from './documents.ts';
import { print, shell, shellImage } from './environment.ts';

export interface ErrorRow {
  readonly name: string;
  /** The template's pod. */
  readonly template: object;
  readonly policy?: string;
  readonly code: string | RegExp;
  /** Where the row does not hold yet. */
  readonly notOn?: { readonly environment: string; readonly why: string };
  /** Type and status of the condition that carries the error. */
  readonly condition: 'Succeeded False' | 'PolicySucceeded Unknown';
  /** What the condition's `error` says. */
  readonly error: RegExp;
}

const scanner = (script: string): object => ({ containers: [shell('scanner', script)] });
const document = cycloneDxJson({ vulnerabilities: [{ id: 'CVE-2024-0001', severity: 'high' }] });

const bomb = `<?xml version="1.0"?>
<!DOCTYPE bom [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><components>&b;</components></bom>`;

const scanRows: ErrorRow[] = [
  {
    name: 'a container that exits non-zero',
    template: scanner('echo cannot open the database >&2; exit 3'),
    code: 'ScannerFailed',
    condition: 'Succeeded False',
    error: /scanner.*3[\s\S]*cannot open the database/,
  },
  {
    name: 'an init container `repo` that fails',
    template: {
      initContainers: [shell('repo', 'echo fatal: repository not found >&2; exit 128')],
      containers: [shell('scanner', 'true')],
    },
    code: 'SourceFetchFailed',
    condition: 'Succeeded False',
    error: /repo.*128[\s\S]*repository not found/,
  },
  {
    name: 'a scanner that prints nothing',
    template: scanner('true'),
    code: 'ReportEmpty',
    condition: 'Succeeded False',
    error: /scanner|report/,
  },
  {
    name: 'half a JSON document',
    template: scanner(print(document.slice(0, document.length / 2))),
    code: 'ReportTruncated',
    condition: 'Succeeded False',
    error: /report truncated/,
  },
  {
    name: 'half an XML document',
    template: scanner(print(cycloneDxXml('CVE-2024-0001', 'High').split('<v:ratings>')[0] ?? '')),
    code: 'ReportTruncated',
    condition: 'Succeeded False',
    error: /report truncated/,
  },
  {
    name: 'a scanner that prints 100 MB',
    template: scanner(
      `echo '{"bomFormat":"CycloneDX","specVersion":"1.5","components":['; yes '{"type":"library","name":"a-name"},' | head -c 100000000`,
    ),
    // A node keeps the last 10 MiB of a log: what is left begins in the middle of the document.
    code: 'ReportTruncated',
    condition: 'Succeeded False',
    error: /report truncated/,
  },
  {
    name: 'an XML bomb',
    template: scanner(print(bomb)),
    code: 'ReportInvalid',
    condition: 'Succeeded False',
    error: /DTD|DOCTYPE|entit/i,
  },
  {
    name: 'a document of another kind',
    template: scanner(print('{"hello": "world"}')),
    code: 'ReportFormatUnknown',
    condition: 'Succeeded False',
    error: /CycloneDX/,
  },
  {
    name: 'an image that cannot be pulled',
    template: {
      containers: [
        { name: 'scanner', image: 'registry.test/nowhere/to/be:found', imagePullPolicy: 'Always' },
      ],
    },
    code: 'ImagePullFailed',
    condition: 'Succeeded False',
    error: /registry\.test\/nowhere\/to\/be:found/,
  },
  {
    name: 'a volume that cannot be mounted',
    notOn: { environment: 'cluster', why: 'known defect: on a busy real cluster it is not always noticed' },
    template: {
      containers: [shell('scanner', 'true')],
      volumes: [{ name: 'settings', configMap: { name: 'not-there' } }],
    },
    code: 'MountFailed',
    condition: 'Succeeded False',
    error: /not-there/,
  },
  {
    name: 'a container that wants a secret that is not there',
    template: {
      containers: [
        {
          name: 'scanner',
          image: shellImage,
          command: ['/bin/sh', '-c', 'true'],
          env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'nowhere', key: 'k' } } }],
        },
      ],
    },
    code: 'ContainerConfigInvalid',
    condition: 'Succeeded False',
    error: /nowhere/,
  },
  {
    name: 'a pod that the API refuses',
    template: { containers: [{ name: 'Not A Name', image: shellImage }, shell('scanner', 'true')] },
    code: 'JobRefused',
    condition: 'Succeeded False',
    error: /Not A Name/,
  },
  {
    name: 'a template without a container of either contract',
    template: { containers: [shell('other', 'true')] },
    code: 'TemplateInvalid',
    condition: 'Succeeded False',
    error: /scanner.*summary/,
  },
  {
    name: 'a job that takes longer than its deadline',
    template: { activeDeadlineSeconds: 1, containers: [shell('scanner', 'sleep 60')] },
    code: 'DeadlineExceeded',
    condition: 'Succeeded False',
    error: /deadline/i,
  },
  {
    name: 'a summary without its scan',
    template: { containers: [shell('summary', print('fetch:\n  git:\n    url: https://example.test/r\n'))] },
    code: 'SummaryInvalid',
    condition: 'Succeeded False',
    error: /scan/,
  },
];

const policyRow = (name: string, code: string, error: RegExp, policy: string): ErrorRow => ({
  name,
  template: scanner(print(document)),
  policy,
  code,
  condition: 'PolicySucceeded Unknown',
  error,
});

const policyRows: ErrorRow[] = [
  policyRow(
    'a policy that does not compile',
    'PolicyCompileError',
    /2:\d+|line 2/,
    'package main\ndeny[msg] { msg := }',
  ),
  policyRow(
    'a policy with an unsafe variable',
    'PolicyCompileError',
    /var y is unsafe/,
    'package main\ndeny[y] { y > 1 }',
  ),
  policyRow(
    'a policy in a package we do not know',
    'PolicyPackageUnknown',
    /package "other"/,
    'package other\ndeny["x"] { true }',
  ),
  policyRow('a policy without the rule', 'PolicyRuleMissing', /deny/, 'package main\nallow { true }'),
  policyRow(
    'a policy that misuses a builtin',
    'PolicyBuiltinError',
    /to_number/,
    'package main\ndeny[msg] { to_number("x") == 1; msg := "x" }',
  ),
  policyRow(
    'a policy that loops for ever',
    'PolicyTimeout',
    /took longer than/,
    'package main\nn := numbers.range(1, 3000)\ndeny[msg] { a := n[_]; b := n[_]; c := n[_]; a + b + c < 0; msg := "x" }',
  ),
  policyRow(
    'a policy that eats memory',
    'PolicyMemoryExceeded',
    /memory/i,
    'package main\ndeny[msg] { x := [r | i := numbers.range(1, 400)[_]; r := numbers.range(i, 500000)]; count(x) < 0; msg := "x" }',
  ),
];

export const errorRows: readonly ErrorRow[] = [...scanRows, ...policyRows];
