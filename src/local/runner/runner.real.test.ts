/** The runner over a real kube-apiserver with the real controllers. */
import { describe, it } from 'vitest';
import { createAuthority } from '../../../test/servers/certificates.ts';
import { kubeMissing, startKube } from '../../../test/servers/kube.ts';
import { runOk } from '../../../test/servers/run.ts';
import { findTool } from '../../../test/servers/tools.ts';
import { connect } from '../../kube/connect.ts';
import { runnerSuite } from './runner-suite.ts';

const missing = kubeMissing();

if (missing !== undefined) {
  describe('runner over a real API server', () => it.skip(missing, () => {}));
} else {
  runnerSuite('runner over a real API server', async () => {
    const kube = await startKube();
    const client = await connect({ kubeconfig: kube.kubeconfig });
    const program = findTool('kubectl');
    return {
      client,
      tls: { ...createAuthority('kubelet').issueServer(), clientCa: kube.ca },
      kubectl: program ? (...args) => runOk(program, ['--kubeconfig', kube.kubeconfig, ...args]) : undefined,
      async stop() {
        client.close();
        await kube.stop();
      },
    };
  });
}
