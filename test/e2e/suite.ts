/**
 * Every row of spec.md §2 and §3, by its literal text, over a whole system: an API server, a Job controller, a runner
 * and our controller. The same suite runs over the embedded server and over a real kube-apiserver.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scan } from '../../src/api/kinds.ts';
import { imageScanKind, rescanAnnotation, scanPolicyKind, sourceScanKind } from '../../src/api/kinds.ts';
import { jobs, secrets } from '../../src/kube/resources.ts';
import { cycloneDxJson, cycloneDxXml, severityPolicy } from './documents.ts';
import { Namespace, print, shell } from './environment.ts';
import type { Environment } from './environment.ts';
import { errorRows } from './error-rows.ts';
import { ownScanner } from './own-scanner.ts';

const clean = print(cycloneDxJson({}));
const twoCritical = print(
  cycloneDxJson({
    vulnerabilities: [
      { id: 'CVE-2024-0001', severity: 'critical' },
      { id: 'CVE-2024-0001', severity: 'critical', component: 'right-pad' },
      { id: 'CVE-2024-0002', severity: 'high' },
      { id: 'CVE-2024-0003', severity: 'low' },
      { id: 'CVE-2024-0004', severity: 'whatever' },
    ],
  }),
);

/** Type, status, reason and message of every condition, in the order of their types' names. */
export function rows(scan: Scan): string[] {
  return (scan.status?.conditions ?? [])
    .map((one) => `${one.type} ${one.status} ${one.reason}: ${one.message}`)
    .toSorted();
}

const phase = (wanted: string) => (scan: Scan) => scan.status?.phase === wanted;
const settled = (scan: Scan): boolean =>
  ['Completed', 'Failed', 'Error'].includes(scan.status?.phase ?? '') &&
  scan.status?.observedGeneration === scan.metadata.generation;

export function endToEnd(make: () => Promise<Environment>): void {
  let environment: Environment;
  let made = 0;
  const namespace = (): Promise<Namespace> => Namespace.make(environment, `e2e-${++made}`);

  beforeAll(async () => {
    environment = await make();
  }, 120_000);
  afterAll(async () => {
    await environment?.stop();
  }, 30_000);

  describe('a scan that ends well', () => {
    test('without a policy is Completed, and says that no store is configured', async () => {
      const ns = await namespace();
      await ns.scannerTemplate('t', clean);
      await ns.scan('s', 't');
      const scan = await ns.waitFor('s', settled);
      expect(scan.status?.phase).toBe('Completed');
      expect(rows(scan)).toEqual([
        'Scanning False JobFinished: The scan job terminated',
        'SendingResults False MetadataStoreNotConfigured: The metadata store integration has not been configured',
        'Succeeded True JobFinished: The scan job finished',
      ]);
      expect(scan.status?.cveCount).toEqual({
        CRITICAL: 0,
        HIGH: 0,
        MEDIUM: 0,
        LOW: 0,
        UNKNOWN: 0,
        CVETOTAL: 0,
      });
      expect(scan.status?.scannedBy).toEqual({
        scanner: { name: 'made-scanner', vendor: 'Tests', version: '1.2.3' },
      });
      const artifact = {
        git: { url: 'https://example.test/repo.git', revision: '0f1e2d3c4b5a69788796a5b4c3d2e1f001234567' },
      };
      expect(scan.status?.artifact).toEqual(artifact);
      expect(scan.status?.compliantArtifact).toEqual(artifact);
      expect(scan.status?.metadataUrl).toBeUndefined();
      expect(scan.status?.scannedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const reasons = (await ns.events('s')).map((event) => event.reason ?? '');
      expect(reasons.filter((reason) => /sent|sav/i.test(reason))).toEqual([]);
    });

    test('with a policy that holds is Completed', async () => {
      const ns = await namespace();
      await ns.scannerTemplate(
        't',
        print(cycloneDxJson({ vulnerabilities: [{ id: 'CVE-2024-0003', severity: 'medium' }] })),
      );
      await ns.policy('p', severityPolicy);
      await ns.scan('s', 't', 'p');
      const scan = await ns.waitFor('s', settled);
      expect(scan.status?.phase).toBe('Completed');
      expect(rows(scan)).toContain(
        'PolicySucceeded True EvaluationPassed: No CVEs were found that violated the policy',
      );
      expect(scan.status?.cveCount?.MEDIUM).toBe(1);
      expect(scan.status?.compliantArtifact).toEqual(scan.status?.artifact);
    });

    test('with a policy that is violated is Failed, and its counts are there', async () => {
      const ns = await namespace();
      await ns.scannerTemplate('t', twoCritical);
      await ns.policy('p', severityPolicy);
      await ns.scan('s', 't', 'p');
      const scan = await ns.waitFor('s', settled);
      expect(scan.status?.phase).toBe('Failed');
      expect(rows(scan)).toContain(
        'PolicySucceeded False EvaluationFailed: Policy violated because of 2 CVEs',
      );
      expect(rows(scan)).toContain('Succeeded True JobFinished: The scan job finished');
      expect(scan.status?.cveCount).toEqual({
        CRITICAL: 1,
        HIGH: 1,
        MEDIUM: 0,
        LOW: 1,
        UNKNOWN: 1,
        CVETOTAL: 4,
      });
      expect(scan.status?.violationCount).toBe(3);
      expect(scan.status?.violations).toHaveLength(3);
      expect(scan.status?.report?.findings).toBe(5);
      expect(scan.status?.compliantArtifact).toBeUndefined();
    });

    test('shows that its job runs, and counts what the nested XML form reports', async () => {
      const ns = await namespace();
      await ns.scannerTemplate(
        't',
        `sleep 2; echo Pulling database; ${print(cycloneDxXml('CVE-2024-0009', 'Critical'))}`,
      );
      await ns.imageScan('s', 't');
      const running = await ns.waitFor('s', phase('Scanning'), imageScanKind);
      expect(rows(running)).toEqual(['Scanning True JobStarted: The scan job is running']);
      const scan = await ns.waitFor('s', settled, imageScanKind);
      expect(scan.status?.phase).toBe('Completed');
      expect(scan.status?.cveCount?.CRITICAL).toBe(1);
      expect(scan.status?.artifact?.registry?.image).toContain('registry.test/app');
      expect(scan.status?.artifact?.registry?.image).toContain('sha256:1111');
    });

    test('by the summary contract uses what the steps found', async () => {
      const ns = await namespace();
      const summary = `fetch:\n  git:\n    url: https://example.test/repo.git\n    revision: abc\nsbom:\n  packageCount: 7\nscan:\n  scanner:\n    name: Carbon Black\n    vendor: VMware\n    version: "1.9"\n  cveCount:\n    critical: 1\n    high: 2\n    medium: 3\n    low: 4\n    unknown: 5\neval:\n  violations:\n    - CVE-2024-1111 is not allowed\nstore:\n  locations:\n    - https://store.test/api/sources?sha=abc\n`;
      await ns.template('t', { containers: [shell('summary', print(summary))] });
      await ns.policy('p', severityPolicy);
      await ns.scan('s', 't', 'p');
      const scan = await ns.waitFor('s', settled);
      expect(scan.status?.phase).toBe('Failed');
      expect(rows(scan)).toContain(
        'PolicySucceeded False EvaluationFailed: Policy violated because of 1 CVEs',
      );
      expect(scan.status?.cveCount).toEqual({
        CRITICAL: 1,
        HIGH: 2,
        MEDIUM: 3,
        LOW: 4,
        UNKNOWN: 5,
        CVETOTAL: 15,
      });
      expect(scan.status?.scannedBy?.scanner.name).toBe('Carbon Black');
      expect(scan.status?.metadataUrl).toBe('https://store.test/api/sources?sha=abc');
    });
  });

  describe('a scan that goes wrong says so', () => {
    test.for(errorRows.map((row) => [row.name, row] as const))('%s', async ([, row], { skip }) => {
      if (row.notOn?.environment === environment.name) skip(row.notOn.why);
      const ns = await namespace();
      await ns.template('t', row.template);
      if (row.policy !== undefined) await ns.policy('p', row.policy);
      await ns.scan('s', 't', row.policy === undefined ? undefined : 'p');
      const scan = await ns.waitFor('s', (scan) => settled(scan) && scan.status?.failure !== undefined);
      expect(scan.status?.phase).toBe('Error');
      const code = scan.status?.failure?.code ?? '';
      if (typeof row.code === 'string') expect(code).toBe(row.code);
      else expect(code).toMatch(row.code);
      expect(rows(scan)).toContain(`${row.condition} Error: An error has occurred`);
      const type = row.condition.split(' ')[0];
      expect(scan.status?.conditions?.find((one) => one.type === type)?.error).toMatch(row.error);
      expect(scan.status?.conditions?.find((one) => one.type === 'Scanning')?.status).not.toBe('True');
      expect(scan.status?.compliantArtifact).toBeUndefined();
      expect(JSON.stringify(scan).length).toBeLessThan(8192);
      await expect
        .poll(async () => (await ns.events('s')).map((event) => event.reason), { timeout: 10_000 })
        .toContain(code);
    });

    test('when its job is deleted while it runs', async () => {
      const ns = await namespace();
      await ns.scannerTemplate('t', 'sleep 60');
      await ns.scan('s', 't');
      const running = await ns.waitFor('s', phase('Scanning'));
      await environment.client.delete(
        jobs,
        { namespace: ns.name, name: running.status?.jobName ?? '' },
        { propagationPolicy: 'Background' },
      );
      const scan = await ns.waitFor('s', phase('Error'));
      expect(scan.status?.failure?.code).toBe('JobLost');
      expect(rows(scan)).toEqual([
        'Scanning False JobFinished: The scan job terminated',
        expect.stringMatching(/^SendingResults|^Succeeded False Error: An error has occurred$/),
      ]);
    });

    test('when a secret it names is missing, before any job', async () => {
      const ns = await namespace();
      await ns.scannerTemplate('t', clean);
      await ns.create(sourceScanKind, {
        metadata: { name: 's' },
        spec: { git: { url: 'git@example.test:repo.git', sshKeySecret: 'nowhere' }, scanTemplate: 't' },
      } as never);
      const scan = await ns.waitFor('s', phase('Error'));
      expect(scan.status?.failure?.code).toBe('SecretNotFound');
      expect(scan.status?.conditions?.find((one) => one.type === 'Succeeded')?.error).toContain('nowhere');
      expect(await ns.jobs('s')).toEqual([]);
    });
  });

  describe('what comes later', () => {
    test('a template that appears wakes the scan that names it', async () => {
      const ns = await namespace();
      await ns.scan('s', 'later');
      const waiting = await ns.waitFor('s', phase('Error'));
      expect(waiting.status?.failure?.code).toBe('TemplateNotFound');
      expect(waiting.status?.conditions?.find((one) => one.type === 'Succeeded')?.error).toContain('later');
      await ns.scannerTemplate('later', clean);
      expect((await ns.waitFor('s', phase('Completed'))).status?.failure).toBeUndefined();
    });

    test('a policy that appears wakes the scan that names it', async () => {
      const ns = await namespace();
      await ns.scannerTemplate('t', twoCritical);
      await ns.scan('s', 't', 'later');
      const waiting = await ns.waitFor('s', phase('Error'));
      expect(rows(waiting)).toContain('PolicySucceeded Unknown Error: An error has occurred');
      expect(waiting.status?.failure?.code).toBe('PolicyNotFound');
      await ns.policy('later', severityPolicy);
      expect(rows(await ns.waitFor('s', phase('Failed')))).toContain(
        'PolicySucceeded False EvaluationFailed: Policy violated because of 2 CVEs',
      );
    });

    test('a changed policy is applied to the stored report, without a second job', async () => {
      const ns = await namespace();
      await ns.scannerTemplate('t', twoCritical);
      await ns.policy('p', severityPolicy);
      await ns.scan('s', 't', 'p');
      const before = await ns.waitFor('s', phase('Failed'));
      await environment.client.patch(scanPolicyKind, { namespace: ns.name, name: 'p' }, 'merge', {
        spec: { regoFile: severityPolicy.replace('["CVE-2000-0001"]', '["CVE-2024-0001", "CVE-2024-0002"]') },
      });
      const after = await ns.waitFor('s', phase('Completed'));
      expect(after.status?.observedPolicyGeneration).toBe(2);
      expect(after.status?.jobName).toBe(before.status?.jobName);
      expect(after.status?.violationCount ?? 0).toBe(0);
      expect(after.status?.compliantArtifact).toEqual(after.status?.artifact);
      expect(await ns.jobs('s')).toHaveLength(1);
    });

    test('a rescan annotation, a changed spec: each runs one more job', async () => {
      const ns = await namespace();
      await ns.scannerTemplate('t', clean);
      await ns.scan('s', 't');
      const first = await ns.waitFor('s', phase('Completed'));
      const key = { namespace: ns.name, name: 's' };
      await environment.client.patch(sourceScanKind, key, 'merge', {
        metadata: { annotations: { [rescanAnnotation]: '1' } },
      });
      const second = await ns.waitFor(
        's',
        (scan) => phase('Completed')(scan) && scan.status?.jobName !== first.status?.jobName,
      );
      await environment.client.patch(sourceScanKind, key, 'merge', { spec: { git: { revision: 'other' } } });
      const third = await ns.waitFor(
        's',
        (scan) => settled(scan) && scan.status?.jobName !== second.status?.jobName,
      );
      expect(third.status?.phase).toBe('Completed');
      expect(third.status?.observedGeneration).toBe(2);
      expect(await ns.jobs('s')).toHaveLength(3);
    });

    test('a scan that is deleted while it runs takes its job along', async () => {
      const ns = await namespace();
      await ns.scannerTemplate('t', 'sleep 60');
      await ns.scan('s', 't');
      await ns.waitFor('s', phase('Scanning'));
      await environment.client.delete(sourceScanKind, { namespace: ns.name, name: 's' });
      await expect.poll(() => ns.jobs(), { timeout: 20_000 }).toEqual([]);
    });

    test('a controller that is killed and started again goes on with the same job', async () => {
      const ns = await namespace();
      await ns.scannerTemplate('t', `sleep 2; ${twoCritical}`);
      await ns.policy('p', severityPolicy);
      await ns.scan('s', 't', 'p');
      await ns.waitFor('s', phase('Scanning'));
      await environment.restartController();
      const scan = await ns.waitFor('s', phase('Failed'));
      expect(scan.status?.violationCount).toBe(3);
      expect(await ns.jobs('s')).toHaveLength(1);
      await environment.restartController();
      await environment.client.patch(scanPolicyKind, { namespace: ns.name, name: 'p' }, 'merge', {
        spec: { regoFile: 'package main\ndeny[msg] { false; msg := "never" }' },
      });
      await ns.waitFor('s', phase('Completed'));
      expect(await ns.jobs('s')).toHaveLength(1);
    });
  });

  describe('the pod', () => {
    test('gets its environment, its secret, and no token', async () => {
      const ns = await namespace();
      await ns.create(secrets, {
        metadata: { name: 'key' },
        type: 'kubernetes.io/ssh-auth',
        stringData: { 'ssh-privatekey': 'not a key' },
      } as never);
      const script =
        'echo "$REPOSITORY $REVISION $GIT_USERNAME $SCAN_KIND $SCAN_NAME $SCAN_NAMESPACE" >&2; exit 7';
      await ns.scannerTemplate('t', script, { volumes: [{ name: 'ssh-secret', emptyDir: {} }] });
      await ns.create(sourceScanKind, {
        metadata: { name: 's' },
        spec: {
          git: { url: 'ssh://git@example.test/r', revision: 'v1', sshKeySecret: 'key' },
          scanTemplate: 't',
        },
      } as never);
      const scan = await ns.waitFor('s', phase('Error'));
      expect(scan.status?.failure?.code).toBe('ScannerFailed');
      const error = scan.status?.conditions?.find((one) => one.type === 'Succeeded')?.error ?? '';
      expect(error).toContain('7');
      expect(error).toContain(`ssh://git@example.test/r v1 git SourceScan s ${ns.name}`);
      const [job] = await ns.jobs('s');
      const pod = job?.spec?.template.spec;
      expect(job?.metadata.name).toMatch(/^scan-s-/);
      expect(job?.spec?.backoffLimit).toBe(0);
      expect(job?.spec?.activeDeadlineSeconds).toBe(1800);
      expect(pod?.restartPolicy).toBe('Never');
      expect(pod?.automountServiceAccountToken).toBe(false);
      expect(pod?.volumes?.find((volume) => volume.name === 'ssh-secret')?.secret?.secretName).toBe('key');
    });
  });

  describe('kubectl', () => {
    test('shows the columns of spec.md §1', async ({ skip }) => {
      if (environment.kubectl === undefined) skip('no kubectl on this machine');
      const ns = await namespace();
      await ns.scannerTemplate('t', twoCritical);
      await ns.scan('s', 't');
      await ns.kubectl('wait', '--for=condition=Succeeded', 'sourcescan/s', '--timeout=30s');
      await ns.waitFor('s', phase('Completed'));
      const [head, line] = (await ns.kubectl('get', 'sourcescans'))
        .trim()
        .split('\n')
        .map((text) => text.split(/\s{2,}/).map((cell) => cell.trim()));
      expect(head).toEqual([
        'NAME',
        'PHASE',
        'SCANNEDREVISION',
        'SCANNEDREPOSITORY',
        'AGE',
        'CRITICAL',
        'HIGH',
        'MEDIUM',
        'LOW',
        'UNKNOWN',
        'CVETOTAL',
      ]);
      expect(line?.toSpliced(4, 1)).toEqual([
        's',
        'Completed',
        '0f1e2d3c4b5a69788796a5b4c3d2e1f001234567',
        'https://example.test/repo.git',
        '1',
        '1',
        '0',
        '1',
        '1',
        '4',
      ]);
    });

    test('is refused an unknown field by name', async ({ skip }) => {
      if (environment.kubectl === undefined) skip('no kubectl on this machine');
      const ns = await namespace();
      await expect(ns.kubectl('patch', 'sourcescan', 'none', '--type=merge', '-p', '{}')).rejects.toThrow(
        /not found/,
      );
      const create = environment.client.create(
        sourceScanKind,
        {
          apiVersion: 'scanning.apps.tanzu.vmware.com/v1beta1',
          kind: 'SourceScan',
          metadata: { name: 's', namespace: ns.name },
          spec: { git: { url: 'u' }, scanTemplate: 't', scanPolice: 'p' },
        } as never,
        { fieldValidation: 'Strict' },
      );
      await expect(create).rejects.toThrow(/unknown field "spec.scanPolice"/);
      const neither = ns.create(sourceScanKind, {
        metadata: { name: 's' },
        spec: { scanTemplate: 't' },
      } as never);
      await expect(neither).rejects.toThrow(/at least one of spec.blob and spec.git is required/);
    });
  });

  ownScanner(namespace);
}
