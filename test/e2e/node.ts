/** A node for an API server: our runner, with a shell of this machine as a test image, and our own image. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ownImages } from '../../src/cli/up/images.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { startRunner } from '../../src/local/runner/index.ts';
import type { KubeletTls, Runner } from '../../src/local/runner/index.ts';
import { importOsv } from '../../src/scanner/index.ts';
import { shellImage } from './environment.ts';

export async function startNode(client: KubeClient, dataDir: string, tls: KubeletTls): Promise<Runner> {
  await makeAdvisories(dataDir);
  return startRunner({
    client,
    nodeName: 'e2e',
    dataDir,
    images: [{ match: shellImage, entrypoint: ['/bin/sh'], allowCommand: true }, ...ownImages(dataDir)],
    kubelet: { host: '127.0.0.1', port: 0, tls },
    maxRunning: 4,
  });
}

/** One advisory of a package that is nowhere but in these tests. */
const advisory = {
  schema_version: '1.7.0',
  id: 'CVE-2024-9999',
  modified: '2026-03-04T05:06:07Z',
  summary: 'Something about made-up-pad',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'npm', name: 'made-up-pad' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.2.0' }] }],
    },
  ],
};

async function makeAdvisories(dataDir: string): Promise<void> {
  const folder = path.join(dataDir, 'osv');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'advisory.json'), JSON.stringify(advisory));
  await importOsv(folder, path.join(dataDir, 'advisories.db'), { name: 'made here' });
}
