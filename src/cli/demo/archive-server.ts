/** Serves the demonstration's archive on loopback, so that a scan fetches it as it would fetch any other. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ArchiveServer {
  readonly url: string;
  close(): void;
}

/**
 * @param port the one it had before, so that a scan that was applied then still finds it; another when it is taken
 * @param name the file's name in the URL
 */
export async function serveArchive(archive: Uint8Array, name: string, port: number): Promise<ArchiveServer> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== `/${name}`) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': archive.byteLength });
    response.end(archive);
  });
  const listen = (at: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(port).catch(() => listen(0));
  // The demonstration keeps nobody waiting that wants to end.
  server.unref();
  const address = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}/${name}`, close: () => void server.close() };
}
