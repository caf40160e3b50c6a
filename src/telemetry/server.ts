/** `/metrics`, `/healthz` and `/readyz`, for what watches a deployment. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetricsRegistry } from './metrics.ts';

export interface TelemetryServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** All addresses by default: probes and Prometheus come from outside of a pod. */
  readonly host?: string;
  readonly metrics: MetricsRegistry;
  readonly isReady: () => boolean;
}

export interface TelemetryServer {
  readonly port: number;
  close(): Promise<void>;
}

/** @throws the system's error when the port is taken */
export async function startTelemetryServer(options: TelemetryServerOptions): Promise<TelemetryServer> {
  const answers: Record<string, () => Promise<[status: number, type: string, body: string]>> = {
    '/metrics': async () => [200, options.metrics.contentType, await options.metrics.text()],
    '/healthz': async () => [200, 'text/plain', 'ok\n'],
    '/readyz': async () =>
      options.isReady()
        ? [200, 'text/plain', 'ok\n']
        : [503, 'text/plain', 'not yet: caches are being filled\n'],
  };
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 10_000 }, (request, response) => {
    const answer = answers[request.url?.split('?')[0] ?? ''];
    const send = ([status, type, body]: [number, string, string]): void => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') send([405, 'text/plain', 'only GET\n']);
    else if (!answer) send([404, 'text/plain', 'there are /metrics, /healthz and /readyz\n']);
    else void answer().then(send, () => send([500, 'text/plain', 'no figures\n']));
  });
  server.listen(options.port, options.host);
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve).once('error', reject);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
