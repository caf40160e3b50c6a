// URLs taken apart as Go's net/url does.
import { RegoObject } from '../value.ts';
import { BuiltinError } from './context.ts';
import { encodeUtf8 } from './bytes.ts';
import { unescape } from './percent.ts';
import { quoteGo } from './quote.ts';

export function parseUri(text: string): RegoObject {
  const hash = text.indexOf('#');
  const fragment = hash < 0 ? '' : text.slice(hash + 1);
  const rest = hash < 0 ? text : text.slice(0, hash);
  const bad = (why: string): never => {
    throw new BuiltinError(`parse ${quoteGo(rest)}: ${why}`);
  };
  if (/[\u0000-\u001f\u007f]/.test(rest)) bad('net/url: invalid control character in URL');
  const parts = splitScheme(rest, bad);
  const object = new RegoObject();
  const put = (key: string, value: string): void => {
    if (value !== '') object.set(key, value);
  };
  put('scheme', parts.scheme);
  const queryAt = parts.rest.indexOf('?');
  const query = queryAt < 0 ? '' : parts.rest.slice(queryAt + 1);
  let path = queryAt < 0 ? parts.rest : parts.rest.slice(0, queryAt);
  if (parts.scheme !== '' && !path.startsWith('/')) {
    put('raw_query', query);
    put('fragment', unescapeOr(fragment, bad));
    return object;
  }
  if (parts.scheme === '' && path.split('/')[0]?.includes(':') === true)
    bad('first path segment in URL cannot contain colon');
  if (path.startsWith('//')) {
    const end = path.indexOf('/', 2);
    const authority = end < 0 ? path.slice(2) : path.slice(2, end);
    path = end < 0 ? '' : path.slice(end);
    const { host, port } = readAuthority(authority, bad);
    put('hostname', host);
    put('port', port);
  }
  const plain = unescapeOr(path, bad);
  put('path', plain);
  put('raw_path', path === '' ? '' : defaultEscape(plain) === path ? plain : path);
  put('raw_query', query);
  put('fragment', unescapeOr(fragment, bad));
  return object;
}

function unescapeOr(text: string, bad: (why: string) => never): string {
  try {
    return unescape(text, false);
  } catch (error) {
    return bad(error instanceof Error ? error.message : '');
  }
}

function splitScheme(text: string, bad: (why: string) => never): { scheme: string; rest: string } {
  if (text.startsWith(':')) bad('missing protocol scheme');
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text);
  if (match === null) return { scheme: '', rest: text };
  return { scheme: (match[1] ?? '').toLowerCase(), rest: text.slice(match[0].length) };
}

function readAuthority(authority: string, bad: (why: string) => never): { host: string; port: string } {
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? '' : authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) bad('net/url: invalid userinfo');
  const hostPort = authority.slice(at + 1);
  if (hostPort.startsWith('[')) return readBracketed(hostPort, bad);
  const colon = hostPort.lastIndexOf(':');
  const host = colon < 0 ? hostPort : hostPort.slice(0, colon);
  if (colon >= 0) checkPort(hostPort.slice(colon), bad);
  return { host: readHost(host, bad), port: colon < 0 ? '' : hostPort.slice(colon + 1) };
}

function readBracketed(text: string, bad: (why: string) => never): { host: string; port: string } {
  const end = text.lastIndexOf(']');
  if (end < 0) bad("missing ']' in host");
  const port = text.slice(end + 1);
  checkPort(port, bad);
  return { host: unescapeOr(text.slice(1, end), bad), port: port.slice(1) };
}

function checkPort(port: string, bad: (why: string) => never): void {
  if (port !== '' && !/^:[0-9]*$/.test(port)) bad(`invalid port ${quoteGo(port)} after host`);
}

/** In a host only bytes beyond ASCII may be percent-encoded. */
function readHost(host: string, bad: (why: string) => never): string {
  for (const [escape] of host.matchAll(/%.{0,2}/gs)) {
    if (!/^%[0-9a-fA-F]{2}$/.test(escape)) bad(`invalid URL escape ${quoteGo(escape)}`);
    if (Number.parseInt(escape.slice(1), 16) < 0x80 && escape !== '%25')
      bad(`invalid URL escape ${quoteGo(escape)}`);
  }
  const odd = /[ "<>\\^`{|}]/.exec(host)?.[0];
  if (odd !== undefined && !'<>"'.includes(odd)) bad(`invalid character ${quoteGo(odd)} in host name`);
  return unescapeOr(host, bad);
}

/** How Go would write a path: what needs no escape stays. */
function defaultEscape(path: string): string {
  let result = '';
  for (const byte of encodeUtf8(path)) {
    const char = String.fromCharCode(byte);
    result += /[A-Za-z0-9\-_.~$&+,/:;=@]/.test(char)
      ? char
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return result;
}
