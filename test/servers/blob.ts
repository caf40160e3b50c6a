import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

import { packTar, type TarEntry } from 'modern-tar';

import type { KeyPair } from './certificates.ts';
import { contentBytes, isLink, type Files } from './files.ts';
import { hasCredentials, startHttp, type Credentials } from './http-server.ts';

/** What a path answers with. Bytes alone mean 200 with them. */
export type Blob =
  | Uint8Array
  | {
      status?: number;
      headers?: Record<string, string>;
      body?: Uint8Array;
      /** Cuts the connection after so many bytes of the body, its full length having been promised. */
      cutAfter?: number;
      /** Sends the head and then nothing more. */
      silent?: boolean;
      /** 401 without these. */
      credentials?: Credentials;
    };

export type BlobServer = {
  url: (path: string) => string;
  /** Every request so far. */
  requests: { method: string; path: string; headers: IncomingHttpHeaders }[];
  /** Adds or replaces what a path answers with. */
  put: (path: string, blob: Blob) => void;
  stop: () => Promise<void>;
};

/** Serves blobs by path (`/name.tar.gz`) over HTTP, or HTTPS with `tls`. Any other path is a 404. */
export async function startBlobServer(
  blobs: Readonly<Record<string, Blob>> = {},
  tls?: KeyPair,
): Promise<BlobServer> {
  const served = new Map(Object.entries(blobs));
  const requests: BlobServer['requests'] = [];
  const server = await startHttp((request, response) => {
    const { method = '', url = '', headers } = request;
    requests.push({ method, path: url, headers });
    const blob = served.get(url);
    if (blob === undefined) {
      response.writeHead(404).end('not found\n');
      return;
    }
    const answer = blob instanceof Uint8Array ? { body: blob } : blob;
    if (answer.credentials !== undefined && !hasCredentials(request, answer.credentials)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="blob"' }).end();
      return;
    }
    send(response, answer, method === 'HEAD');
  }, tls);
  return {
    url: (path) => `${server.origin}${path}`,
    requests,
    put: (path, blob) => void served.set(path, blob),
    stop: server.stop,
  };
}

function send(response: ServerResponse, answer: Exclude<Blob, Uint8Array>, headOnly: boolean): void {
  const body = answer.body ?? new Uint8Array();
  response.writeHead(answer.status ?? 200, { 'content-length': body.length, ...answer.headers });
  if (headOnly) response.end();
  else if (answer.silent === true) response.flushHeaders();
  else if (answer.cutAfter === undefined) response.end(body);
  else response.write(body.subarray(0, answer.cutAfter), () => response.destroy());
}

/** A `.tar.gz` with these files, all of the same date. */
export function tarGz(files: Files): Promise<Uint8Array> {
  return tarGzOf(
    Object.entries(files).map(([name, content]) => {
      if (isLink(content)) return { header: { name, type: 'symlink', linkname: content.link, size: 0 } };
      const body = contentBytes(content);
      return { header: { name, type: 'file', size: body.length }, body };
    }),
  );
}

/** A `.tar.gz` with exactly these entries: names that leave the folder, devices, whatever a test needs. */
export async function tarGzOf(entries: readonly TarEntry[]): Promise<Uint8Array> {
  const mtime = new Date('2024-01-01T00:00:00Z');
  const dated = entries.map(({ header, ...rest }) => ({ header: { mtime, ...header }, ...rest }));
  return gzipSync(await packTar(dated));
}
