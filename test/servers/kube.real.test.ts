import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createAuthority } from './certificates.ts';
import { startHttp } from './http-server.ts';
import { kubeMissing, startKube, type Kube } from './kube.ts';
import { run, runOk } from './run.ts';
import { findTool, kubectlVersions, missingTools } from './tools.ts';

const missing = kubeMissing() ?? missingTools('kubectl');

describe.skipIf(missing !== undefined)(`a real control plane${missing ? ` (${missing})` : ''}`, () => {
  let kube: Kube;
  let scratch: string;
  const program = findTool('kubectl') ?? 'kubectl';
  const kubectl = (...args: string[]): Promise<string> =>
    runOk(program, ['--kubeconfig', kube.kubeconfig, ...args]);

  beforeAll(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), 'scan-link-kubectl-'));
    kube = await startKube();
  });
  afterAll(async () => {
    await kube?.stop();
    await rm(scratch, { recursive: true, force: true });
    expect(existsSync(kube.directory)).toBe(false);
  });

  it('says the version it was built as, to every kubectl there is', async () => {
    const versions = kubectlVersions();
    expect(versions.length).toBeGreaterThan(0);
    for (const { path: file } of versions) {
      const text = await runOk(file, ['--kubeconfig', kube.kubeconfig, 'version', '-o', 'json']);
      expect(JSON.parse(text)).toMatchObject({ serverVersion: { gitVersion: 'v1.36.3' } });
    }
  });

  it('has a Job controller that makes a pod, owned by the job', async () => {
    await kubectl('create', 'namespace', 'batch');
    await waitForAccount('batch');
    await kubectl('--namespace', 'batch', 'create', 'job', 'hello', '--image=example.invalid/hello');
    await kubectl(
      '--namespace',
      'batch',
      'wait',
      '--for=create',
      'pod',
      '-l',
      'job-name=hello',
      '--timeout=60s',
    );
    const pods = await kube.request('GET', '/api/v1/namespaces/batch/pods?labelSelector=job-name%3Dhello');
    expect(pods.body).toMatchObject({
      items: [
        { metadata: { ownerReferences: [{ kind: 'Job', name: 'hello' }] }, status: { phase: 'Pending' } },
      ],
    });
  });

  it('lets a service account do what its role says and nothing else', async () => {
    await kubectl('create', 'namespace', 'roles');
    const file = path.join(scratch, 'role.yaml');
    await writeFile(file, roleManifest.map((each) => stringify(each)).join('---\n'));
    await kubectl('apply', '-f', file);
    const kubeconfig = await kube.kubeconfigFor({ namespace: 'roles', name: 'reader' });
    const asReader = ['--kubeconfig', kubeconfig, '--namespace', 'roles', 'get'];
    expect(await run(program, [...asReader, 'configmaps'])).toMatchObject({ code: 0 });
    const refused = await run(program, [...asReader, 'secrets']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Forbidden') });
    expect(readFileSync(kubeconfig, 'utf8')).not.toContain('client-key-data');
  });

  it('knows a user by client certificate, who may do nothing', async () => {
    const kubeconfig = await kube.kubeconfigForUser('jane', 'developers');
    const who = await runOk(program, ['--kubeconfig', kubeconfig, 'auth', 'whoami', '-o', 'json']);
    expect(JSON.parse(who)).toMatchObject({ status: { userInfo: { username: 'jane' } } });
    expect(who).toContain('developers');
    expect(await run(program, ['--kubeconfig', kubeconfig, 'get', 'pods'])).toMatchObject({ code: 1 });
  });

  it('fetches the logs of a pod from the port that its node names', async () => {
    const kubelet = await startHttp((request, response) => {
      response.end(`asked for ${request.url}\n`);
    }, createAuthority('kubelet-test').issueServer());
    try {
      await makeRunningPod(Number(new URL(kubelet.origin).port));
      expect(await kubectl('logs', 'talker')).toBe('asked for /containerLogs/default/talker/main\n');
    } finally {
      await kubelet.stop();
    }
  });

  it('keeps its objects over a killed API server', async () => {
    await kubectl('create', 'configmap', 'kept', '--from-literal=a=b');
    const before = kube.pids();
    await kube.restartApiServer();
    const after = kube.pids();
    expect(after.apiServer).not.toBe(before.apiServer);
    expect(after.etcd).toBe(before.etcd);
    expect(await kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')).toBe('b');
  });

  /** What a process that stands in for a kubelet does: registers a node, binds the pod, writes its status. */
  async function makeRunningPod(kubeletPort: number): Promise<void> {
    const ok = async (...call: Parameters<Kube['request']>): Promise<void> => {
      const { status, body } = await kube.request(...call);
      expect({ status, body }).toMatchObject({ status: expect.toBeOneOf([200, 201]) });
    };
    await ok('POST', '/api/v1/nodes', { metadata: { name: 'here' } });
    await ok('PATCH', '/api/v1/nodes/here/status', {
      status: {
        addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
        daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
        conditions: [{ type: 'Ready', status: 'True', reason: 'Test', message: 'ready' }],
      },
    });
    const pods = '/api/v1/namespaces/default/pods';
    const containers = [{ name: 'main', image: 'example.invalid/talker' }];
    await ok('POST', pods, { metadata: { name: 'talker' }, spec: { containers } });
    await ok('POST', `${pods}/talker/binding`, {
      metadata: { name: 'talker' },
      target: { kind: 'Node', name: 'here' },
    });
    await ok('PATCH', `${pods}/talker/status`, { status: { phase: 'Running' } });
  }

  /** A pod needs its namespace's default service account, which a controller makes. */
  async function waitForAccount(namespace: string): Promise<void> {
    await kubectl(
      '--namespace',
      namespace,
      'wait',
      '--for=create',
      'serviceaccount/default',
      '--timeout=60s',
    );
  }
});

it.skipIf(missing !== undefined)('a control plane that cannot start says why, with its log', async () => {
  const start = startKube({ apiServerFlags: ['--no-such-flag'], controllerManager: false });
  const error = await start.catch((error: unknown) => error);
  const text = String(error);
  expect(text).toMatch(/kube-apiserver: ended with exit code 1[^]*no-such-flag/);
  // The log it names is kept for whoever looks into it.
  const log = /\/\S+kube-apiserver\.log/.exec(text)?.[0] ?? '';
  expect(readFileSync(log, 'utf8')).toContain('no-such-flag');
  await rm(path.dirname(log), { recursive: true });
});

const roleManifest = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reader', namespace: 'roles' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'reader', namespace: 'roles' },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'reader', namespace: 'roles' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'roles' }],
  },
];
