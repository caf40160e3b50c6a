/** The end-to-end suite over the laptop's API server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe } from 'vitest';
import { applyKinds } from '../../src/cli/up/manifests.ts';
import { connect } from '../../src/kube/connect.ts';
import { startApiServer } from '../../src/local/apiserver/index.ts';
import { startLocalControllers } from '../../src/local/controllers/index.ts';
import { findTool } from '../servers/tools.ts';
import { startControllerProcess } from './controller-process.ts';
import type { Environment } from './environment.ts';
import { startNode } from './node.ts';
import { endToEnd } from './suite.ts';

async function embedded(): Promise<Environment> {
  const folder = await mkdtemp(path.join(tmpdir(), 'scan-link-e2e-'));
  const server = await startApiServer({ dataDir: path.join(folder, 'api'), port: 0 });
  const kubeconfig = path.join(folder, 'kubeconfig');
  await writeFile(kubeconfig, server.kubeconfig(), { mode: 0o600 });
  const client = await connect({ kubeconfig });
  await applyKinds(client);
  const controllers = startLocalControllers({ client });
  const node = await startNode(client, path.join(folder, 'node'), {
    ...server.issueServer('system:node:e2e'),
    clientCa: server.ca,
  });
  const controller = startControllerProcess(kubeconfig, path.join(folder, 'reports'));
  return {
    name: 'embedded',
    kubeconfig,
    client,
    kubectl: findTool('kubectl'),
    restartController: () => controller.restart(),
    async stop() {
      await controller.stop();
      await node.stop(0);
      await controllers.stop();
      client.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe('on the embedded API server', () => endToEnd(embedded));
