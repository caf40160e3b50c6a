/**
 * Writes the tables of docs/operating.md that come from the program: every option, every failure code.
 * `node scripts/generate-docs.ts`; a test fails when they are stale.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { failureKinds } from '../src/api/failures.ts';
import type { FailureCode } from '../src/api/failures.ts';
import { optionKeys, options } from '../src/config/options.ts';

const file = new URL('../docs/operating.md', import.meta.url);

/** What a person looks at first. */
const advice: Record<FailureCode, string> = {
  SpecInvalid: 'the scan says something that the schema cannot refuse: read the error',
  TemplateNotFound: 'no ScanTemplate of that name in the scan’s namespace',
  TemplateInvalid: 'the template is no pod, or has neither a container `scanner` nor `summary`',
  PolicyNotFound: 'no ScanPolicy of that name in the scan’s namespace',
  SecretNotFound: 'no Secret of that name in the scan’s namespace',
  SecretInvalid: 'the Secret has not the key that is needed: `ssh-privatekey`, `.dockerconfigjson`',
  JobRefused: 'the API server refused the job: its words are in the error; quota, admission, an invalid pod',
  JobLost: 'somebody deleted the job while it ran',
  PodLost: 'somebody deleted the pod while it ran',
  PodEvicted: 'the node was short of something, or was drained',
  NodeLost: 'the node does not answer',
  PodUnschedulable: 'no node has room, or fits the pod’s selectors',
  ImagePullFailed: 'the image’s name, the registry, its login; on a laptop: podman or docker is missing',
  MountFailed: 'a volume of the template: the claim or the Secret behind it',
  ContainerConfigInvalid: 'a container cannot be made as the template has it: a missing key, a command',
  DeadlineExceeded: 'the job took longer than its deadline; `scanJobs.deadlineSeconds`, or the template’s',
  OutOfMemory: 'the container was killed at its memory limit: raise it in the template',
  SourceFetchFailed:
    'the container `repo` failed: URL, revision, key, known hosts; its last lines are in the error',
  ScannerFailed: 'the container `scanner` failed; its last lines are in the error',
  ContainerFailed: 'another container of the pod failed; its last lines are in the error',
  PodStartFailed: 'the pod could not be started: the error has the node’s words',
  ResultContainerMissing: 'the pod has neither a container `scanner` nor `summary`',
  LogsUnavailable: 'the node did not give the container’s output',
  ReportEmpty: 'the scanner ended well and printed nothing',
  ReportTruncated: 'the report ends early: the log was cut, or the scanner stopped in the middle',
  ReportDamaged: 'the report does not have the length or the digest it was sent with',
  ReportInvalid: 'the report is not valid; line and column are in the error',
  ReportTooLarge: 'the report is beyond the limits of what is read',
  ReportFormatUnknown: 'the output is no CycloneDX document',
  SummaryInvalid: 'the output of the container `summary` is not as it has to be',
  PolicyCompileError: 'the policy does not compile; `scanlink policy check` says the same',
  PolicyTimeout: 'the policy took longer than `policy.timeoutSeconds`',
  PolicyMemoryExceeded: 'the policy took more than `policy.memoryMiB`',
  PolicyBuiltinError: 'a builtin was given something it cannot take',
  PolicyPackageUnknown: 'the package is neither `main` nor `policies`',
  PolicyRuleMissing: 'the package has no `deny`, or no `isCompliant`',
  PolicyResultInvalid: '`deny` gives something that is neither a text nor an object with `msg`',
  PolicyEngineUnavailable:
    'the OPA of `policy.opaUrl` or `policy.opaBinary` cannot be asked; its words are in the error',
  StoreUnreachable: 'the store’s name, address or certificate',
  StoreUnauthorized: 'the token of the store, or a Secret of it that is missing',
  StoreRefused: 'the store did not take the report; its words are in the error',
  StoreConfigInvalid: 'metadataStore.url is no http:// or https:// URL',
  ReportGone: 'the report is no longer kept: rescan',
  Internal: 'a defect of Scan Link: please report it',
};

function optionTable(): string[] {
  const rows = optionKeys.map((key) => {
    const option = options[key];
    const byDefault = String(option.default) === '' ? 'empty' : `\`${String(option.default)}\``;
    return `| \`${key}\` | \`${option.env}\` | ${byDefault} | ${option.description} |`;
  });
  return ['| key | environment | default | what it is |', '| --- | --- | --- | --- |', ...rows];
}

function failureTable(): string[] {
  const rows = Object.entries(failureKinds).map(
    ([code, { step, retry }]) => `| \`${code}\` | ${step} | ${retry} | ${advice[code as FailureCode]} |`,
  );
  return ['| code | step | then | where to look |', '| --- | --- | --- | --- |', ...rows];
}

/** The page with the tables put between their marks; not yet laid out. */
export function withTables(page: string): string {
  return replaced(replaced(page, 'options', optionTable()), 'failures', failureTable());
}

function replaced(page: string, mark: string, lines: readonly string[]): string {
  const begin = page.indexOf('-->', page.indexOf(`<!-- ${mark}:`)) + '-->'.length;
  const end = page.indexOf(`<!-- /${mark} -->`);
  if (begin < 0 || end < begin) throw new Error(`docs/operating.md has lost its marks for ${mark}`);
  return `${page.slice(0, begin)}\n\n${lines.join('\n')}\n\n${page.slice(end)}`;
}

if (import.meta.main) {
  writeFileSync(file, withTables(readFileSync(file, 'utf8')));
  execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', 'docs/operating.md'], {
    stdio: 'inherit',
  });
}
