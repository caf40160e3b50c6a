/** The embedded API server in a process of its own, for `bench/apiserver.ts`. */
import { writeFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import path from 'node:path';

// As bin/scanlink.mjs does: it spares the memory of the type stripper.
enableCompileCache();
const { startApiServer } = await import('../src/local/apiserver/index.ts');

const [dataDir = ''] = process.argv.slice(2);
const server = await startApiServer({ dataDir, port: 0 });
const kubeconfig = path.join(dataDir, 'kubeconfig');
writeFileSync(kubeconfig, server.kubeconfig(), { mode: 0o600 });
process.once('SIGTERM', () => {
  void server.close().then(() => process.exit(0));
});
process.send?.(kubeconfig);
