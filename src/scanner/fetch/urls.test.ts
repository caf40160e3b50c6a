import { describe, expect, test } from 'vitest';
import { parseGitUrl, redactUrl } from './urls.ts';

describe('redactUrl', () => {
  test.each([
    ['https://user:secret@host/a.git', 'https://host/a.git'],
    ['https://ghp_token@host/a.git', 'https://host/a.git'],
    ['https://host/a.tar.gz?X-Amz-Signature=abc#d', 'https://host/a.tar.gz'],
    ['ssh://git:secret@host:22/a.git', 'ssh://git@host:22/a.git'],
    ['git@host:a/b.git', 'git@host:a/b.git'],
    ['https://a:b@c@host/x', 'https://host/x'],
    ['https://host/a\nb\u0007', 'https://host/ab'],
    ['/home/me/app', '/home/me/app'],
  ])('%s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});

describe('parseGitUrl', () => {
  test.each([
    ['https://host/a.git', { scheme: 'https', url: 'https://host/a.git', host: 'host' }],
    ['git://host/a.git', { scheme: 'git', url: 'git://host/a.git', host: 'host' }],
    ['ssh://host:2222/~/a.git', { scheme: 'ssh', url: 'ssh://git@host:2222/~/a.git', host: 'host' }],
    ['ssh://me@host/a.git', { scheme: 'ssh', url: 'ssh://me@host/a.git', host: 'host' }],
    ['git+ssh://me:pw@host/a.git', { scheme: 'ssh', url: 'ssh://me@host/a.git', host: 'host' }],
    ['host:a/b.git', { scheme: 'ssh', url: 'git@host:a/b.git', host: 'host' }],
    ['me@host:a/b.git', { scheme: 'ssh', url: 'me@host:a/b.git', host: 'host' }],
    ['/srv/a.git', { scheme: 'file', url: '/srv/a.git', host: '' }],
    ['file:///srv/a.git', { scheme: 'file', url: 'file:///srv/a.git', host: '' }],
    ['https://host/a b', undefined],
    ['ext::sh', undefined],
    ['-host:a', undefined],
    ['me@-host:a', undefined],
    ['svn://host/a', undefined],
  ])('%s', (url, parsed) => {
    expect(parseGitUrl(url, 'git')).toEqual(parsed);
  });
});
