/** The embedded API server in a process of its own, for `bench/apiserver.ts`. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { startApiServer } from '../src/local/apiserver/index.ts';

const [dataDir = ''] = process.argv.slice(2);
const server = await startApiServer({ dataDir, port: 0 });
const kubeconfig = path.join(dataDir, 'kubeconfig');
writeFileSync(kubeconfig, server.kubeconfig(), { mode: 0o600 });
process.once('SIGTERM', () => {
  void server.close().then(() => process.exit(0));
});
process.send?.(kubeconfig);
