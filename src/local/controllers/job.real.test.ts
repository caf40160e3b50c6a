/** Kubernetes' own Job controller: that the suite asks of ours what is so. */
import { describe, it } from 'vitest';
import { createAuthority } from '../../../test/servers/certificates.ts';
import { kubeMissing, startKube } from '../../../test/servers/kube.ts';
import { connect } from '../../kube/connect.ts';
import { startLocalControllers } from './index.ts';
import { jobSuite } from './job-suite.ts';

const missing = kubeMissing();

if (missing !== undefined) {
  describe('jobs over a real API server', () => it.skip(missing, () => {}));
} else {
  jobSuite("jobs by Kubernetes' own controller", async () => {
    const kube = await startKube();
    const client = await connect({ kubeconfig: kube.kubeconfig });
    return {
      client,
      tls: createAuthority('kubelet').issueServer(),
      async stop() {
        client.close();
        await kube.stop();
      },
    };
  });

  jobSuite('jobs by our controller over a real API server', async () => {
    // Everything of the controller manager but its Job controller and what cleans jobs up.
    const kube = await startKube({
      controllerManagerFlags: ['--controllers=*,-job-controller,-ttl-after-finished-controller'],
    });
    const client = await connect({ kubeconfig: kube.kubeconfig });
    const controllers = startLocalControllers({ client });
    await controllers.started;
    return {
      client,
      tls: createAuthority('kubelet').issueServer(),
      async stop() {
        await controllers.stop();
        client.close();
        await kube.stop();
      },
    };
  });
}
