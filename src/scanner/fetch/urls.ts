/** URLs as people write them for sources, and how to show them. */

/** Without control characters, at a length that fits a sentence. */
const longestShown = 300;

/**
 * For messages and reports: no password, and for anything but SSH no user either (tokens are written there); the
 * query of an HTTP URL goes too, since signed URLs carry their signature in it.
 */
export function redactUrl(url: string): string {
  const clean = url.replaceAll(/[\u0000-\u001f\u007f]/g, '').slice(0, longestShown);
  const match = /^([a-z][a-z0-9+.-]*:\/\/)(?:([^/?#]*)@)?(.*)$/i.exec(clean);
  if (!match) return clean;
  const [, scheme = '', user, rest = ''] = match;
  const isSsh = /^ssh:/i.test(scheme);
  const name = user?.split(':')[0] ?? '';
  const shown = /^https?:/i.test(scheme) ? rest.replace(/[?#].*$/, '') : rest;
  return `${scheme}${isSsh && name !== '' ? `${name}@` : ''}${shown}`;
}

export interface GitUrl {
  readonly scheme: 'https' | 'http' | 'ssh' | 'git' | 'file';
  /** As git is to get it. */
  readonly url: string;
  /** Host name without port; empty for files. */
  readonly host: string;
}

/** `host:path` and `user@host:path`, which git takes for SSH. A path with a slash before the colon is none. */
const scpLike = /^(?:([^@/:\s]+)@)?([^@/:\s]+|\[[0-9a-fA-F:]+\]):(?!\/\/|:)(.+)$/;

/**
 * Reads a git URL; undefined where it is of no kind that can be fetched. `username` stands in where an SSH URL names
 * no user.
 */
export function parseGitUrl(url: string, username: string): GitUrl | undefined {
  if (url.startsWith('-') || /^(?!file:)[a-z+]+:\/\/\//i.test(url) || /[\s\u0000-\u001f\u007f]/.test(url))
    return undefined;
  const parsed = URL.canParse(url) && /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? new URL(url) : undefined;
  if (parsed) return fromUrl(parsed, url, username);
  if (url.startsWith('/') || url.startsWith('./') || url.startsWith('../'))
    return { scheme: 'file', url, host: '' };
  const [, user, host, path] = scpLike.exec(url) ?? [];
  if (host === undefined || path === undefined || host.startsWith('-')) return undefined;
  return { scheme: 'ssh', url: `${user ?? username}@${host}:${path}`, host };
}

function fromUrl(parsed: URL, url: string, username: string): GitUrl | undefined {
  const host = parsed.hostname;
  switch (parsed.protocol) {
    case 'https:':
    case 'http:':
    case 'git:':
      if (host === '') return undefined;
      return {
        scheme: parsed.protocol === 'https:' ? 'https' : parsed.protocol === 'http:' ? 'http' : 'git',
        url,
        host,
      };
    case 'ssh:':
    case 'git+ssh:':
    case 'ssh+git:': {
      // A host that begins with a hyphen would be an option to ssh.
      if (host === '' || host.startsWith('-') || parsed.username.startsWith('-')) return undefined;
      const user = parsed.username === '' ? `${encodeURIComponent(username)}@` : `${parsed.username}@`;
      return { scheme: 'ssh', url: `ssh://${user}${parsed.host}${parsed.pathname}`, host };
    }
    case 'file:':
      return { scheme: 'file', url, host: '' };
    default:
      return undefined;
  }
}
