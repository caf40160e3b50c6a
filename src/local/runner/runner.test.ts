/** The runner over the embedded API server. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findTool } from '../../../test/servers/tools.ts';
import { connect } from '../../kube/connect.ts';
import { startApiServer } from '../apiserver/index.ts';
import { runnerSuite } from './runner-suite.ts';

const run = promisify(execFile);

runnerSuite('runner over the embedded API server', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'scan-link-api-'));
  const server = await startApiServer({ dataDir, port: 0 });
  const kubeconfig = path.join(dataDir, 'kubeconfig');
  await writeFile(kubeconfig, server.kubeconfig(), { mode: 0o600 });
  const client = await connect({ kubeconfig });
  const program = findTool('kubectl');
  return {
    client,
    tls: { ...server.issueServer('kubelet'), clientCa: server.ca },
    kubectl: program
      ? async (...args) => (await run(program, ['--kubeconfig', kubeconfig, ...args])).stdout
      : undefined,
    async stop() {
      client.close();
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
});
