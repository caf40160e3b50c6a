/** The laptop's small Kubernetes API server. It knows no scans: their kinds arrive as CustomResourceDefinitions. */
export type { ApiServer, ApiServerOptions, KeyPair, ServerLog } from './types.ts';
export { startApiServer } from './server.ts';
