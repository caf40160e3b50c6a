import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  generateSshKey,
  gitSshMissing,
  makeRepository,
  startGitHttp,
  startGitSsh,
} from '../../../test/servers/git.ts';
import type { Commit, GitHttp, GitSsh, Repository } from '../../../test/servers/git.ts';
import { ScanLinkError } from '../../lib/errors.ts';
import { fetchSource } from './fetch.ts';
import type { FetchOptions, GitSource } from './types.ts';

let root: string;
let repository: Repository;
let strict: Repository;
let open: GitHttp;
let closed: GitHttp;
let targets = 0;

const environment = { PATH: process.env['PATH'] };
const newTarget = (): string => path.join(root, `target-${targets++}`);

/** The message of the failure, which must be one of fetching. */
async function failureOf(git: GitSource, options: FetchOptions = {}, into = newTarget()): Promise<string> {
  const error: unknown = await fetchSource({ git }, into, { environment, ...options }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ScanLinkError);
  if (!(error instanceof ScanLinkError)) return '';
  expect(error).toMatchObject({ code: 'SourceFetchFailed', retry: 'retryable' });
  expect(readdirSync(into)).toEqual([]);
  return error.message;
}

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'scan-link-fetch-'));
  const commits: Commit[] = [
    { files: { 'one.txt': 'one', 'package-lock.json': '{}' }, tag: 'v1' },
    { files: { 'one.txt': 'changed' }, tag: 'v1.1' },
    { files: { 'side.txt': 'side' }, branch: 'feature/side' },
  ];
  repository = await makeRepository(root, 'app.git', commits);
  strict = await makeRepository(root, 'strict.git', commits, { 'uploadpack.allowAnySHA1InWant': 'false' });
  await makeRepository(root, 'empty.git', []);
  open = await startGitHttp(root);
  closed = await startGitHttp(root, { credentials: { username: 'me', password: 's3cret' } });
});

afterAll(async () => {
  await open?.stop();
  await closed?.stop();
  rmSync(root, { recursive: true, force: true });
});

describe('a repository over HTTP', () => {
  test.each([
    ['no revision', undefined, 1, 'changed'],
    ['a branch', 'main', 1, 'changed'],
    ['a whole ref', 'refs/heads/main', 1, 'changed'],
    ['a branch with a slash', 'feature/side', 2, 'changed'],
    ['an annotated tag', 'v1', 0, 'one'],
  ])('%s', async (_name, revision, index, content) => {
    const into = newTarget();
    const result = await fetchSource({ git: { url: open.url('app.git'), revision } }, into, { environment });
    expect(result).toMatchObject({
      kind: 'git',
      url: open.url('app.git'),
      revision: repository.commits[index],
      path: into,
    });
    expect(readFileSync(path.join(into, 'one.txt'), 'utf8')).toBe(content);
    expect(result.bytes).toBeGreaterThan(0);
  });

  test.each([
    ['whole', (id: string) => id],
    ['shortened', (id: string) => id.slice(0, 8)],
  ])('a commit that no branch points at, its id %s', async (_name, idOf) => {
    for (const name of ['app.git', 'strict.git']) {
      const [first = ''] = (name === 'app.git' ? repository : strict).commits;
      const result = await fetchSource({ git: { url: open.url(name), revision: idOf(first) } }, newTarget(), {
        environment,
      });
      expect(result.revision).toBe(first);
    }
  });

  test('only the commit is brought, not its history', async () => {
    const into = newTarget();
    await fetchSource({ git: { url: open.url('app.git') } }, into, { environment });
    expect(readFileSync(path.join(into, '.git', 'shallow'), 'utf8').trim()).toBe(repository.commits[1]);
  });

  test('no credentials stay behind', async () => {
    const into = newTarget();
    const url = closed.url('app.git').replace('://', '://me:s3cret@');
    const result = await fetchSource({ git: { url } }, into, { environment });
    expect(result.url).toBe(closed.url('app.git'));
    for (const file of ['config', 'FETCH_HEAD', 'logs/HEAD']) {
      const inner = path.join(into, '.git', file);
      if (existsSync(inner)) expect(readFileSync(inner, 'utf8')).not.toContain('s3cret');
    }
  });

  test.each([
    ['a repository that is not there', 'nothing.git', undefined, /the repository was not found/],
    ['a revision that is not there', 'app.git', 'no-such', /it has no branch, tag or commit "no-such"$/],
    [
      'a commit that is not there',
      'app.git',
      'f'.repeat(40),
      /it has no (?:branch, tag or )?commit "f{40}"$/,
    ],
    ['a short id of no commit', 'app.git', 'abcdef1', /it has no commit "abcdef1"$/],
    ['a repository without commits', 'empty.git', undefined, /it has no commits$/],
    [
      'an option in place of a revision',
      'app.git',
      '--upload-pack=touch /tmp/x',
      /is no branch, tag or commit$/,
    ],
    ['an expression in place of a revision', 'app.git', 'main~1', /"main~1" is no branch/],
  ])('%s', async (_name, name, revision, message) => {
    expect(await failureOf({ url: open.url(name), revision })).toMatch(message);
  });

  test('wrong or missing credentials, which the message does not show', async () => {
    for (const user of ['', 'me:wr0ng@']) {
      const message = await failureOf({ url: closed.url('app.git').replace('://', `://${user}`) });
      expect(message).toContain('authentication failed');
      expect(message).not.toContain('wr0ng');
    }
  });

  test('a host that is not there', async () => {
    expect(await failureOf({ url: 'https://host.invalid/app.git' })).toContain('cannot be resolved');
    expect(await failureOf({ url: 'http://127.0.0.1:1/app.git' })).toContain('cannot be reached');
  });

  test('files larger, or more, than allowed', async () => {
    expect(await failureOf({ url: open.url('app.git') }, { maxBytes: 8 })).toMatch(/larger than/);
    expect(await failureOf({ url: open.url('app.git') }, { maxEntries: 1 })).toContain('more than 1 files');
  });

  test('an abort ends it at once', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(
      fetchSource({ git: { url: open.url('app.git') } }, newTarget(), { signal, environment }),
    ).rejects.toThrow('enough');
  });
});

describe('URLs', () => {
  test.each([
    ['ext::sh -c touch% /tmp/x'],
    ['--upload-pack=x'],
    ['ftp://host/app.git'],
    ['file:///etc'],
    ['/etc'],
    ['ssh://-oProxyCommand=x/app.git'],
    ['https:///app.git'],
    ['app.git'],
  ])('%s is refused', async (url) => {
    expect(await failureOf({ url })).toContain('its URL must be of https, http, ssh or git');
  });

  test('a file is fetched where that is allowed', async () => {
    const url = `file://${repository.directory}`;
    const result = await fetchSource({ git: { url } }, newTarget(), { allowFile: true, environment });
    expect(result.revision).toBe(repository.commits[1]);
  });
});

const missing = gitSshMissing();

describe.skipIf(missing !== undefined)(`a repository over SSH${missing ? ` (${missing})` : ''}`, () => {
  let ssh: GitSsh;
  let sshKeyFile: string;
  const source = (overrides: Partial<GitSource> = {}): GitSource => ({
    url: ssh.url('app.git'),
    username: ssh.username,
    knownHosts: ssh.knownHosts,
    sshKeyFile,
    ...overrides,
  });

  beforeAll(async () => {
    ssh = await startGitSsh(root);
    sshKeyFile = path.join(root, 'key');
    // As a mounted secret is: readable by others, without a line end.
    writeFileSync(sshKeyFile, ssh.privateKey.trimEnd(), { mode: 0o644 });
  });
  afterAll(() => ssh?.stop());

  test('with its key and its host key', async () => {
    const result = await fetchSource({ git: source({ revision: 'v1' }) }, newTarget(), { environment });
    expect(result.revision).toBe(repository.commits[0]);
  });

  test.each([
    ['an unknown host', { knownHosts: undefined }, 'the SSH host key is not known'],
    [
      'a host whose key is not among those given',
      { knownHosts: 'elsewhere.example ssh-ed25519 AAAA' },
      'the SSH host key is not known',
    ],
    ['a repository that is not there', { url: 'nothing.git' }, 'the repository was not found'],
    ['a key that is no key', { sshKeyFile: 'one.txt' }, 'is no private key'],
    ['a key file that is not there', { sshKeyFile: 'absent' }, 'the SSH key cannot be read'],
  ])('%s', async (_name, overrides, message) => {
    writeFileSync(path.join(root, 'one.txt'), 'no key');
    const git = source(overrides);
    const url = 'url' in overrides ? ssh.url(overrides.url) : git.url;
    const key = 'sshKeyFile' in overrides ? path.join(root, overrides.sshKeyFile) : git.sshKeyFile;
    expect(await failureOf({ ...git, url, sshKeyFile: key })).toContain(message);
  });

  test('another host key than the known one', async () => {
    const { publicKey } = await generateSshKey();
    const [host = ''] = ssh.knownHosts.split(' ');
    expect(await failureOf(source({ knownHosts: `${host} ${publicKey}` }))).toMatch(
      /another SSH key|host key is not known/,
    );
  });

  test('a key that is not let in', async () => {
    const { privateKey } = await generateSshKey();
    const other = path.join(root, 'other');
    writeFileSync(other, privateKey, { mode: 0o600 });
    expect(await failureOf(source({ sshKeyFile: other }))).toContain('authentication failed');
  });

  test('no copy of the key stays behind', async () => {
    const scratch = mkdtempSync(path.join(root, 'scratch-'));
    await fetchSource({ git: source() }, newTarget(), { environment: { ...environment, TMPDIR: scratch } });
    expect(readdirSync(scratch)).toEqual([]);
  });
});
