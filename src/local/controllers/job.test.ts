/** Our Job controller over the embedded API server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from '../../kube/connect.ts';
import { startApiServer } from '../apiserver/index.ts';
import { startLocalControllers } from './index.ts';
import { jobSuite } from './job-suite.ts';

jobSuite('jobs over the embedded API server', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'scan-link-api-'));
  const server = await startApiServer({ dataDir, port: 0 });
  const cert = Buffer.from(server.adminCert);
  const key = Buffer.from(server.adminKey);
  const config = {
    server: server.url,
    ca: Buffer.from(server.ca),
    namespace: 'default',
    auth: { cert, key },
  };
  const client = await connect({ config });
  const controllers = startLocalControllers({ client });
  await controllers.started;
  return {
    client,
    tls: { ...server.issueServer('kubelet'), clientCa: server.ca },
    async stop() {
      await controllers.stop();
      client.close();
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
});
