/** A node for an API server: our runner, with a shell of this machine as a test image. */
import type { KubeClient } from '../../src/kube/types.ts';
import { startRunner } from '../../src/local/runner/index.ts';
import type { KubeletTls, Runner } from '../../src/local/runner/index.ts';
import { shellImage } from './environment.ts';

export function startNode(client: KubeClient, dataDir: string, tls: KubeletTls): Promise<Runner> {
  return startRunner({
    client,
    nodeName: 'e2e',
    dataDir,
    images: [{ match: shellImage, entrypoint: ['/bin/sh'], allowCommand: true }],
    kubelet: { host: '127.0.0.1', port: 0, tls },
    maxRunning: 4,
  });
}
