import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * `count` different ports of 127.0.0.1 that nobody listens on now. All are held at once while they
 * are chosen, so that they differ; the caller should listen on them soon.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    return await Promise.all(
      servers.map(async (server) => {
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        const address = server.address();
        if (address === null || typeof address === 'string') throw new Error('not a TCP port');
        return address.port;
      }),
    );
  } finally {
    for (const server of servers) server.close();
  }
}
