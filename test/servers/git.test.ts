import { mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { createAuthority } from './certificates.ts';
import {
  generateSshKey,
  gitEnvironment,
  gitSshMissing,
  makeRepository,
  startGitHttp,
  startGitSsh,
  type Commit,
} from './git.ts';
import { run, runOk } from './run.ts';
import { findTool } from './tools.ts';

const noGit = findTool('git') === undefined;
const noSsh = gitSshMissing();

describe.skipIf(noGit)('git servers', () => {
  let root: string;
  let commits: string[];
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'scan-link-git-'));
    const list: Commit[] = [
      { files: { 'a.txt': 'one\n', 'deep/ü b.bin': Buffer.from([0, 255, 10]) }, tag: 'v1' },
      { files: { 'a.txt': 'two\n', link: { link: 'a.txt' } } },
      { files: { 'b.txt': 'branch\n' }, branch: 'other' },
    ];
    ({ commits } = await makeRepository(root, 'project.git', list));
    const again = await makeRepository(root, 'again.git', list);
    expect(again.commits).toEqual(commits);
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  const clone = async (url: string, env: NodeJS.ProcessEnv = {}, ...args: string[]) => {
    const target = await mkdtemp(path.join(root, 'clone-'));
    const result = await run('git', ['clone', '--quiet', ...args, url, target], {
      env: { ...gitEnvironment, ...env },
    });
    return { ...result, target };
  };

  it('keeps bytes, names, links, branches and tags', async () => {
    const { code, target } = await clone(path.join(root, 'project.git'));
    expect(code).toBe(0);
    expect(await readFile(path.join(target, 'a.txt'), 'utf8')).toBe('two\n');
    expect([...(await readFile(path.join(target, 'deep', 'ü b.bin')))]).toEqual([0, 255, 10]);
    expect(await readlink(path.join(target, 'link'))).toBe('a.txt');
    const refs = await runOk('git', ['-C', target, 'ls-remote', 'origin'], { env: gitEnvironment });
    expect(refs.trim().split('\n')).toEqual([
      `${commits[1]}\tHEAD`,
      `${commits[1]}\trefs/heads/main`,
      `${commits[2]}\trefs/heads/other`,
      expect.stringMatching(/\trefs\/tags\/v1$/),
      `${commits[0]}\trefs/tags/v1^{}`,
    ]);
    const parent = await runOk('git', ['-C', target, 'rev-parse', 'origin/other^'], { env: gitEnvironment });
    expect(parent.trim()).toBe(commits[1]);
  });

  it('are reached over HTTP, shallow and by commit too', async () => {
    const server = await startGitHttp(root);
    stops.push(server.stop);
    const { code, target, stderr } = await clone(server.url('project.git'), {}, '--depth=1', '--branch=v1');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(await readFile(path.join(target, 'a.txt'), 'utf8')).toBe('one\n');
    const fetch = ['-C', target, 'fetch', '--quiet', '--depth=1', 'origin', commits[2] ?? ''];
    expect(await run('git', fetch, { env: gitEnvironment })).toMatchObject({ code: 0 });
    expect(server.requests).toContain('POST /project.git/git-upload-pack');
    expect((await clone(server.url('none.git'))).stderr).toContain('not found');
  });

  it('ask for a password when told to', async () => {
    const server = await startGitHttp(root, { credentials: { username: 'u', password: 'p w' } });
    stops.push(server.stop);
    const url = server.url('project.git');
    expect((await clone(url)).code).toBe(128);
    expect((await clone(url.replace('//', '//u:wrong@'))).code).toBe(128);
    expect((await clone(url.replace('//', '//u:p%20w@'))).code).toBe(0);
  });

  it('speak HTTPS to those who know their authority', async () => {
    const authority = createAuthority('git-test');
    const server = await startGitHttp(root, { tls: authority.issueServer() });
    stops.push(server.stop);
    const caFile = path.join(root, 'ca.crt');
    await writeFile(caFile, authority.cert);
    expect((await clone(server.url('project.git'))).stderr).toMatch(/certificate/i);
    expect((await clone(server.url('project.git'), { GIT_SSL_CAINFO: caFile })).code).toBe(0);
  });

  describe.skipIf(noSsh !== undefined)(`over SSH${noSsh ? ` (${noSsh})` : ''}`, () => {
    const sshCommand = async (privateKey: string, knownHosts: string, user: string): Promise<string> => {
      const directory = await mkdtemp(path.join(root, 'ssh-'));
      const [key, known] = [path.join(directory, 'key'), path.join(directory, 'known_hosts')];
      await writeFile(key, privateKey, { mode: 0o600 });
      await writeFile(known, `${knownHosts}\n`);
      const options = ['StrictHostKeyChecking=yes', `UserKnownHostsFile=${known}`, 'BatchMode=yes'];
      return `ssh -F /dev/null -i ${key} -l ${user} ${['IdentitiesOnly=yes', ...options].map((each) => `-o ${each}`).join(' ')}`;
    };

    it('let in the right key, and nobody else', async () => {
      const server = await startGitSsh(root);
      stops.push(server.stop);
      const url = server.url('project.git');
      const wrong = await generateSshKey();
      const tryWith = async (key: string, known: string) =>
        clone(url, { GIT_SSH_COMMAND: await sshCommand(key, known, server.username) });

      const right = await tryWith(server.privateKey, server.knownHosts);
      expect(right).toMatchObject({ code: 0 });
      expect(await readFile(path.join(right.target, 'a.txt'), 'utf8')).toBe('two\n');
      expect((await tryWith(wrong.privateKey, server.knownHosts)).stderr).toContain('Permission denied');
      const otherHost = server.knownHosts.replace(/ssh-ed25519 .*/, wrong.publicKey);
      expect((await tryWith(server.privateKey, otherHost)).stderr).toContain('Host key verification failed');
      expect((await tryWith(server.privateKey, '')).stderr).toContain('Host key verification failed');
    });

    it('run nothing but git', async () => {
      const server = await startGitSsh(root);
      stops.push(server.stop);
      const command = await sshCommand(server.privateKey, server.knownHosts, server.username);
      const [, port = ''] = /:(\d+)\//.exec(server.url('')) ?? [];
      const [program = '', ...args] = command.split(' ');
      const { code, stderr } = await run(program, [...args, '-p', port, '127.0.0.1', 'id']);
      expect(code).not.toBe(0);
      expect(stderr).toContain('unrecognized command');
    });
  });
});
