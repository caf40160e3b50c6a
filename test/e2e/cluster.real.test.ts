/** The end-to-end suite over a real kube-apiserver with the real controllers; ours has the roles of deploy/kustomize. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import { applyKinds } from '../../src/cli/up/manifests.ts';
import { connect } from '../../src/kube/connect.ts';
import { createAuthority } from '../servers/certificates.ts';
import { kubeMissing, startKube } from '../servers/kube.ts';
import { runOk } from '../servers/run.ts';
import { findTool, missingTools } from '../servers/tools.ts';
import { startControllerProcess } from './controller-process.ts';
import type { Environment } from './environment.ts';
import { startNode } from './node.ts';
import { endToEnd } from './suite.ts';

const missing = kubeMissing() ?? missingTools('kubectl');
const manager = fileURLToPath(new URL('../../deploy/kustomize/manager', import.meta.url));
const serviceAccount = { namespace: 'scan-link-system', name: 'scan-link-controller-manager' };

async function cluster(): Promise<Environment> {
  const folder = await mkdtemp(path.join(tmpdir(), 'scan-link-e2e-'));
  const kube = await startKube();
  const kubectl = findTool('kubectl') ?? 'kubectl';
  const client = await connect({ kubeconfig: kube.kubeconfig });
  await applyKinds(client);
  // Namespace, account and roles; the deployment stays without a pod, since our node knows no such image.
  await runOk(kubectl, ['--kubeconfig', kube.kubeconfig, 'apply', '-k', manager]);
  const node = await startNode(client, path.join(folder, 'node'), {
    ...createAuthority('kubelet').issueServer(),
    clientCa: kube.ca,
  });
  const controller = startControllerProcess(
    await kube.kubeconfigFor(serviceAccount),
    path.join(folder, 'reports'),
  );
  return {
    name: 'cluster',
    kubeconfig: kube.kubeconfig,
    client,
    kubectl,
    restartController: () => controller.restart(),
    async stop() {
      await controller.stop();
      await node.stop(0);
      client.close();
      await kube.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe('on a real kube-apiserver, with the roles of kustomize', () => {
  if (missing !== undefined) test.skip(missing, () => {});
  else endToEnd(cluster);
});
