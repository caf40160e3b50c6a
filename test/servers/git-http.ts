import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { KeyPair } from './certificates.ts';
import { gitEnvironment } from './git-repository.ts';
import { hasCredentials, startHttp, type Credentials } from './http-server.ts';
import { findTool } from './tools.ts';

export type GitHttp = {
  /** The URL of the repository `<root>/<name>`. */
  url: (name: string) => string;
  /** `METHOD /path?query` of every request so far. */
  requests: string[];
  stop: () => Promise<void>;
};

/**
 * Serves the bare repositories under `root` by `git http-backend`, read only. With `credentials`
 * every request must bear them. With `tls` it speaks HTTPS.
 */
export async function startGitHttp(
  root: string,
  options: { credentials?: Credentials; tls?: KeyPair } = {},
): Promise<GitHttp> {
  const requests: string[] = [];
  const server = await startHttp((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (options.credentials !== undefined && !hasCredentials(request, options.credentials)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('who are you?\n');
      return;
    }
    backend(root, request, response);
  }, options.tls);
  return { url: (name) => `${server.origin}/${name}`, requests, stop: server.stop };
}

/** One request through the program, by CGI (RFC 3875). */
function backend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const header = (name: string): string => String(request.headers[name] ?? '');
  const child = spawn(findTool('git') ?? 'git', ['http-backend'], {
    env: {
      ...gitEnvironment,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: header('git-protocol'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      CONTENT_TYPE: header('content-type'),
      CONTENT_LENGTH: header('content-length'),
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.on('error', () => response.destroy());
  child.stdin.on('error', () => {});
  request.pipe(child.stdin);
  response.on('close', () => child.kill());
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    child.stdout.off('data', onData);
    writeHead(response, head.subarray(0, end).toString('latin1'));
    response.write(head.subarray(end + 4));
    child.stdout.pipe(response);
  };
  child.stdout.on('data', onData);
  child.on('close', () => {
    // It ended before it had said anything.
    if (!response.headersSent) response.writeHead(500);
    response.end();
  });
}

function writeHead(response: ServerResponse, head: string): void {
  let status = 200;
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (name.toLowerCase() === 'status') status = Number(value.split(' ')[0]);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
