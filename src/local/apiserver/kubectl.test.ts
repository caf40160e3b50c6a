/** Everything that issue-level promises say kubectl does, by real kubectl programs of several versions. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectlVersions } from '../../../test/servers/tools.ts';
import { runKubectl } from './test-kubectl.ts';
import type { Run } from './test-kubectl.ts';
import { patchTypes, startTestServer } from './test-server.ts';
import type { TestServer } from './test-server.ts';

/** Old, middle and new ones; with none of them, whatever there is. */
const wanted = ['1.27', '1.30', '1.33', '1.36'];
const all = kubectlVersions();
const kubectls = all.some((one) => wanted.includes(one.version))
  ? all.filter((one) => wanted.includes(one.version))
  : all;
const definitions = new URL('../../../deploy/crds/', import.meta.url).pathname;

if (kubectls.length === 0) test.skip('kubectl is not on this machine: nothing of it was tried', () => {});

const template = `apiVersion: scanning.apps.tanzu.vmware.com/v1beta1
kind: ScanTemplate
metadata: {name: template}
spec:
  template:
    containers:
      - {name: scanner, image: scanner, command: [scan]}
`;
const scan = (revision: string): string => `apiVersion: scanning.apps.tanzu.vmware.com/v1beta1
kind: SourceScan
metadata:
  name: shop
  labels: {app: shop}
spec:
  git: {url: "https://git.example.test/shop.git", revision: ${revision}}
  scanTemplate: template
`;

describe.each(kubectls)('kubectl $version', ({ path: program }) => {
  let api: TestServer;
  let dir: string;
  let env: Record<string, string>;

  const kubectl = (args: string, input?: string): Promise<Run> =>
    runKubectl(program, args.split(' '), env, input);
  const ok = async (args: string, input?: string): Promise<string> => {
    const run = await kubectl(args, input);
    expect(run.code, `${args}: ${run.err}`).toBe(0);
    return run.out;
  };
  const withArgs = async (args: readonly string[]): Promise<string> => {
    const run = await runKubectl(program, args, env);
    expect(run.code, `${args.join(' ')}: ${run.err}`).toBe(0);
    return run.out;
  };

  beforeAll(async () => {
    api = await startTestServer();
    dir = mkdtempSync(join(tmpdir(), 'kubectl-test-'));
    const kubeconfig = join(dir, 'kubeconfig');
    writeFileSync(kubeconfig, api.server.kubeconfig(), { mode: 0o600 });
    env = { KUBECONFIG: kubeconfig, HOME: dir, PATH: process.env['PATH'] ?? '' };
    for (const file of readdirSync(definitions).filter((name) => name !== 'kustomization.yaml'))
      await ok('apply -f -', readFileSync(join(definitions, file), 'utf8'));
    await ok('apply -f -', template);
  });

  afterAll(async () => {
    expect(api.errors).toEqual([]);
    await api.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('apply: created, unchanged, configured; server-side with conflicts and force', async () => {
    expect(await ok('apply -f -', scan('main'))).toBe(
      'sourcescan.scanning.apps.tanzu.vmware.com/shop created\n',
    );
    expect(await ok('apply -f -', scan('main'))).toBe(
      'sourcescan.scanning.apps.tanzu.vmware.com/shop unchanged\n',
    );
    expect(await ok('diff -f -', scan('main'))).toBe('');
    const diff = await kubectl('diff -f -', scan('dev'));
    expect([diff.code, /^\+ {4}revision: dev$/m.test(diff.out)], diff.err).toEqual([1, true]);
    expect(await ok('apply -f -', scan('dev'))).toBe(
      'sourcescan.scanning.apps.tanzu.vmware.com/shop configured\n',
    );
    const clash = await kubectl('apply --server-side --field-manager=other -f -', scan('v2'));
    expect([clash.code, clash.err.includes('.spec.git.revision')], clash.err).toEqual([1, true]);
    expect(
      await ok('apply --server-side --field-manager=other --force-conflicts -f -', scan('v2')),
    ).toContain('serverside-applied');
    expect(await ok('apply --server-side --field-manager=third -f -', scan('v2'))).toContain(
      'serverside-applied',
    );
  });

  test('apply refuses unknown fields and wrong types by name', async () => {
    const unknown = await kubectl(
      'apply -f -',
      scan('main').replace('scanTemplate:', 'scanTemplat: x\n  scanTemplate:'),
    );
    expect([unknown.code, unknown.err.includes('unknown field "spec.scanTemplat"')], unknown.err).toEqual([
      1,
      true,
    ]);
    const wrong = await kubectl(
      'apply -f -',
      scan('main').replace('scanTemplate: template', 'scanTemplate: 5'),
    );
    expect([wrong.code, wrong.err.includes('spec.scanTemplate')], wrong.err).toEqual([1, true]);
    const missing = await kubectl(
      'create -f -',
      scan('main').replace('name: shop', 'name: other').replace('scanTemplate: template', ''),
    );
    expect(missing.err).toContain('spec.scanTemplate: Required value');
  });

  test('get: columns, wide, yaml, jsonpath, labels, fields, categories', async () => {
    await ok('apply --server-side --force-conflicts -f -', scan('main'));
    expect((await ok('get sourcescan shop')).split('\n')[0]).toMatch(
      /^NAME +PHASE +SCANNEDREVISION +SCANNEDREPOSITORY +AGE +CRITICAL +HIGH +MEDIUM +LOW +UNKNOWN +CVETOTAL *$/,
    );
    expect(await ok('get sourcescans -o wide')).toContain('shop');
    expect(await ok('get sourcescan shop -o yaml')).toContain('url: https://git.example.test/shop.git');
    expect(await withArgs(['get', 'sourcescans', '-o', 'jsonpath={.items[*].metadata.name}'])).toBe('shop');
    expect(await ok('get sourcescans -l app=shop -o name')).toBe(
      'sourcescan.scanning.apps.tanzu.vmware.com/shop\n',
    );
    expect(await ok('get sourcescans -l app!=shop -o name')).toBe('');
    expect(await ok('get sourcescans --field-selector metadata.name=shop -o name')).toContain('/shop');
    expect(await ok('get scans')).toContain('shop');
    expect(await ok('get sourcescans -A --sort-by=.metadata.name')).toContain('default');
    expect(await ok('get --raw /readyz')).toBe('ok');
  });

  test('get -w shows rows as they change', async () => {
    const child = spawn(program, ['get', 'sourcescan', 'shop', '-w'], { env });
    let seen = '';
    const until = (text: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (chunk?: Buffer): void => {
          seen += chunk?.toString('utf8') ?? '';
          if (seen.includes(text)) resolve();
        };
        child.stdout.on('data', look);
        look();
      });
    await until('shop');
    await api.call(
      'PATCH',
      '/apis/scanning.apps.tanzu.vmware.com/v1beta1/namespaces/default/sourcescans/shop/status',
      { status: { phase: 'Scanning' } },
      { headers: patchTypes.merge },
    );
    await until('Scanning');
    child.kill();
    await once(child, 'exit');
  });

  test('describe shows the object and its events', async () => {
    await api.call('POST', '/api/v1/namespaces/default/events', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'shop.1' },
      involvedObject: {
        kind: 'SourceScan',
        namespace: 'default',
        name: 'shop',
        uid: await withArgs(['get', 'sourcescan', 'shop', '-o', 'jsonpath={.metadata.uid}']),
      },
      reason: 'JobStarted',
      message: 'The scan job is running',
      type: 'Normal',
      source: { component: 'test' },
      firstTimestamp: new Date().toISOString(),
      lastTimestamp: new Date().toISOString(),
      count: 1,
    });
    const text = await ok('describe sourcescan shop');
    expect(text).toMatch(/Name: +shop/);
    expect(text).toContain('JobStarted');
    expect(await ok('get events')).toContain('The scan job is running');
  });

  test('explain prints fields with descriptions', async () => {
    const text = await ok('explain sourcescan.status.conditions');
    expect(text).toContain('observedGeneration');
    expect(text).toContain('One word'.slice(0, 3));
    expect(text).toMatch(/lastTransitionTime\s+<string>/);
    expect(await ok('explain job.spec.template.spec.containers')).toContain('imagePullPolicy');
  });

  test('edit', async () => {
    const editor = join(dir, 'editor.sh');
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/revision: .*/revision: edited/" "$1"\n');
    chmodSync(editor, 0o755);
    const run = await runKubectl(program, ['edit', 'sourcescan', 'shop'], {
      ...env,
      EDITOR: editor,
      KUBE_EDITOR: editor,
    });
    expect([run.code, run.out], run.err).toEqual([
      0,
      'sourcescan.scanning.apps.tanzu.vmware.com/shop edited\n',
    ]);
    expect(await withArgs(['get', 'sourcescan', 'shop', '-o', 'jsonpath={.spec.git.revision}'])).toBe(
      'edited',
    );
  });

  test('patch of every type', async () => {
    const revision = () => withArgs(['get', 'sourcescan', 'shop', '-o', 'jsonpath={.spec.git.revision}']);
    await withArgs([
      'patch',
      'sourcescan',
      'shop',
      '--type=merge',
      '-p',
      '{"spec":{"git":{"revision":"m"}}}',
    ]);
    expect(await revision()).toBe('m');
    await withArgs([
      'patch',
      'sourcescan',
      'shop',
      '--type=json',
      '-p',
      '[{"op":"replace","path":"/spec/git/revision","value":"j"}]',
    ]);
    expect(await revision()).toBe('j');
    const strategic = await runKubectl(
      program,
      ['patch', 'sourcescan', 'shop', '--type=strategic', '-p', '{}'],
      env,
    );
    expect(strategic.err).toContain('application/strategic-merge-patch+json is not supported by');
    await ok('create secret generic patched --from-literal=a=b');
    await withArgs(['patch', 'secret', 'patched', '-p', '{"stringData":{"c":"d"}}']);
    expect(await withArgs(['get', 'secret', 'patched', '-o', 'jsonpath={.data.a}{.data.c}'])).toBe(
      'Yg==ZA==',
    );
    await withArgs([
      'patch',
      'sourcescan',
      'shop',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"phase":"Pending"}}',
    ]);
    expect(await withArgs(['get', 'sourcescan', 'shop', '-o', 'jsonpath={.status.phase}'])).toBe('Pending');
    await ok('label sourcescan shop a=b');
    await ok('annotate sourcescan shop scanning.apps.tanzu.vmware.com/rescan=1');
  });

  test('wait --for=condition', async () => {
    const waiting = kubectl('wait --for=condition=Succeeded sourcescan/shop --timeout=20s');
    const condition = {
      type: 'Succeeded',
      status: 'True',
      reason: 'JobFinished',
      message: 'The scan job finished',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    await api.call(
      'PATCH',
      '/apis/scanning.apps.tanzu.vmware.com/v1beta1/namespaces/default/sourcescans/shop/status',
      { status: { conditions: [condition] } },
      { headers: patchTypes.merge },
    );
    const run = await waiting;
    expect([run.code, run.out], run.err).toEqual([
      0,
      'sourcescan.scanning.apps.tanzu.vmware.com/shop condition met\n',
    ]);
  });

  test('logs -f of a job', async () => {
    const pair = api.server.issueServer('node');
    const kubelet = createServer({ cert: pair.cert, key: pair.key }, (request, response) => {
      expect(request.url).toContain('follow=true');
      response.write('first\n');
      setImmediate(() => response.end('last\n'));
    });
    await new Promise<void>((done) => kubelet.listen(0, '127.0.0.1', done));
    const { port } = kubelet.address() as AddressInfo;
    await api.call('POST', '/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n' },
      status: {
        addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
        daemonEndpoints: { kubeletEndpoint: { Port: port } },
      },
    });
    await ok('create job logged --image=busybox -- echo hi');
    const job = await api.call('GET', '/apis/batch/v1/namespaces/default/jobs/logged');
    const labels = job.body['spec']?.['template']?.['metadata']?.['labels'];
    await api.call('POST', '/api/v1/namespaces/default/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'logged-1', labels },
      spec: { nodeName: 'n', containers: [{ name: 'logged', image: 'busybox' }] },
    });
    await api.call(
      'PATCH',
      '/api/v1/namespaces/default/pods/logged-1/status',
      { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
      { headers: patchTypes.merge },
    );
    expect(await ok('logs -f job/logged')).toBe('first\nlast\n');
    await new Promise((done) => kubelet.close(done));
  });

  test('api-resources, api-versions, version, auth', async () => {
    expect(await ok('api-resources --api-group=scanning.apps.tanzu.vmware.com -o name')).toBe(
      ['imagescans', 'scanpolicies', 'scantemplates', 'sourcescans']
        .map((name) => `${name}.scanning.apps.tanzu.vmware.com\n`)
        .join(''),
    );
    expect(await ok('api-versions')).toContain('scanning.apps.tanzu.vmware.com/v1alpha1');
    expect(await ok('version -o json')).toContain('+scan-link');
    expect(await ok('auth can-i create sourcescans')).toBe('yes\n');
    expect(await ok('auth can-i --list')).toContain('*.*');
  });

  test('create and delete of built-in kinds', async () => {
    expect(await ok('create namespace team')).toBe('namespace/team created\n');
    expect(await ok('create job one --image=busybox:1.36 -n team -- echo hi')).toBe(
      'job.batch/one created\n',
    );
    expect(
      await withArgs([
        'get',
        'job',
        'one',
        '-n',
        'team',
        '-o',
        'jsonpath={.spec.template.spec.containers[0].command}{.spec.template.spec.restartPolicy}',
      ]),
    ).toBe('["echo","hi"]Never');
    expect(await ok('create configmap settings --from-literal=a=b -n team')).toBe(
      'configmap/settings created\n',
    );
    expect(
      await ok(
        'create secret docker-registry reg --docker-server=x --docker-username=u --docker-password=p -n team',
      ),
    ).toBe('secret/reg created\n');
    expect(await ok('create serviceaccount bot -n team')).toBe('serviceaccount/bot created\n');
    expect(await ok('get job,secret,cm,sa -n team')).toContain('job.batch/one');
    expect(await ok('delete job one -n team')).toContain('"one" deleted');
    expect(await ok('delete namespace team')).toContain('"team" deleted');
    const gone = await kubectl('get namespace team');
    expect(gone.err).toBe('Error from server (NotFound): namespaces "team" not found\n');
    expect(await ok('delete sourcescans --all')).toContain('"shop" deleted');
  });
});
