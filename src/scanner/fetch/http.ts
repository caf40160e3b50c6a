/** Downloading, with redirects followed by hand: credentials stay with the host they were given for. */
import { Readable } from 'node:stream';
import { messageOf } from '../../lib/errors.ts';
import { BadArchive } from './archive.ts';

const mostRedirects = 10;

/** The body of `url`. Its user and password are sent as Basic credentials, to this host only. */
export async function openHttp(url: URL, signal: AbortSignal): Promise<Readable> {
  const authorization = credentialsOf(url);
  let next = withoutUser(url);
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const headers: Record<string, string> = { accept: '*/*' };
    if (authorization !== undefined && next.origin === url.origin) headers['authorization'] = authorization;
    const response = await request(next, headers, signal);
    const target = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (target === null) return bodyOf(response);
    await response.body?.cancel();
    next = redirected(next, target);
  }
  throw new BadArchive(`it is redirected more than ${mostRedirects} times`);
}

function credentialsOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(plain).toString('base64')}`;
}

function withoutUser(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

async function request(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers, signal, redirect: 'manual' });
  } catch (error) {
    if (signal.aborted) throw error;
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new BadArchive(`${url.host} cannot be reached: ${messageOf(cause) || 'no connection'}`);
  }
}

function redirected(from: URL, target: string): URL {
  const next = URL.canParse(target, from) ? withoutUser(new URL(target, from)) : undefined;
  if (next?.protocol !== 'https:' && next?.protocol !== 'http:') {
    throw new BadArchive('it is redirected to what is no HTTP URL');
  }
  if (from.protocol === 'https:' && next.protocol === 'http:') {
    throw new BadArchive(`it is redirected from HTTPS to plain HTTP on ${next.host}`);
  }
  return next;
}

const meanings: Readonly<Record<number, string>> = {
  401: 'the server wants other credentials',
  403: 'the server does not allow it',
  404: 'there is nothing at that URL',
  410: 'it is no longer there',
  429: 'the server asks to be left alone for a while',
};

function bodyOf(response: Response): Readable {
  const { status, body } = response;
  if (status === 200 && body) return Readable.fromWeb(body);
  void body?.cancel();
  const meaning =
    meanings[status] ?? (status >= 500 ? 'the server has a problem' : 'the server did not send it');
  throw new BadArchive(`${meaning} (HTTP ${status})`);
}
