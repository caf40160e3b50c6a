/** The default templates with our own image: real archives and repositories, good ones and bad ones. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sourceScanKind } from '../../src/api/kinds.ts';
import type { Scan, SourceScan } from '../../src/api/kinds.ts';
import { applyTemplates } from '../../src/cli/up/manifests.ts';
import { secrets } from '../../src/kube/resources.ts';
import { startBlobServer, tarGz, tarGzOf } from '../servers/blob.ts';
import type { BlobServer } from '../servers/blob.ts';
import { generateSshKey, gitSshMissing, makeRepository, startGitHttp, startGitSsh } from '../servers/git.ts';
import type { GitHttp, GitSsh } from '../servers/git.ts';
import type { Namespace } from './environment.ts';

/** The node's advisories speak of `made-up-pad` before 1.2.0, and call it critical (node.ts). */
const lockFile = JSON.stringify({
  name: 'shop',
  lockfileVersion: 3,
  packages: {
    '': { name: 'shop', version: '1.0.0' },
    'node_modules/made-up-pad': { version: '1.0.0' },
    'node_modules/made-up-fine': { version: '1.0.0' },
  },
});
const files = { 'package.json': '{"name":"shop"}', 'package-lock.json': lockFile };
const counts = { CRITICAL: 1, HIGH: 0, MEDIUM: 0, LOW: 0, UNKNOWN: 0, CVETOTAL: 1 };
const isOver = (scan: Scan): boolean => ['Completed', 'Failed', 'Error'].includes(scan.status?.phase ?? '');

type Source = Pick<SourceScan['spec'], 'git' | 'blob'>;

/** @param namespace makes one for a test */
export function ownScanner(namespace: () => Promise<Namespace>): void {
  let folder = '';
  let blobs: BlobServer;
  let git: GitHttp;
  let ssh: GitSsh | undefined;
  let commit = '';

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'scan-link-sources-'));
    const repository = await makeRepository(folder, 'shop.git', [{ files, tag: 'v1' }]);
    commit = repository.commits[0] ?? '';
    blobs = await startBlobServer({
      '/shop.tar.gz': await tarGz(files),
      '/not-tar.tar.gz': gzipSync('this is no archive, whatever its name says'),
      '/not-gzip.tar.gz': Buffer.from('this is nothing at all'),
      '/escapes.tar.gz': await tarGzOf([
        { header: { name: '../../outside', type: 'file', size: 1 }, body: 'x' },
      ]),
      '/link.tar.gz': await tarGz({ 'package-lock.json': { link: '/etc/passwd' } }),
    });
    git = await startGitHttp(folder);
    ssh = gitSshMissing() === undefined ? await startGitSsh(folder) : undefined;
  });
  afterAll(async () => {
    await Promise.all([blobs?.stop(), git?.stop(), ssh?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  async function scan(template: string, source: Source, key?: string): Promise<Scan> {
    const ns = await namespace();
    await applyTemplates(ns.environment.client, ns.name);
    if (key !== undefined)
      await ns.create(secrets, { metadata: { name: 'key' }, stringData: { 'ssh-privatekey': key } } as never);
    await ns.create<SourceScan>(sourceScanKind, {
      metadata: { name: 's' },
      spec: { ...source, scanTemplate: template },
    });
    return ns.waitFor('s', isOver);
  }

  describe('our own scanner', () => {
    test('scans an archive, and says its digest', async () => {
      const url = blobs.url('/shop.tar.gz');
      const { status } = await scan('blob-source-scan-template', { blob: { url } });
      expect(status?.conditions?.find((one) => one.error !== undefined)?.error).toBeUndefined();
      expect(status?.phase).toBe('Completed');
      expect(status?.cveCount).toEqual(counts);
      expect(status?.artifact).toEqual({
        blob: { url, revision: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
      });
      expect(status?.scannedBy?.scanner.name).toBe('scan-link');
      expect(status?.report).toMatchObject({ components: 2, findings: 1, db: { name: 'made here' } });
    });

    test.each(['main', 'v1', undefined])(
      'scans a repository at %s, and says its commit',
      async (revision) => {
        const url = git.url('shop.git');
        const { status } = await scan('public-source-scan-template', {
          git: { url, revision, username: 'git' },
        });
        expect(status?.conditions?.find((one) => one.error !== undefined)?.error).toBeUndefined();
        expect(status?.cveCount).toEqual(counts);
        expect(status?.artifact).toEqual({ git: { url, revision: commit } });
        expect(status?.compliantArtifact).toEqual(status?.artifact);
      },
    );

    test('scans the archive where both are given', async () => {
      const blob = { url: blobs.url('/shop.tar.gz') };
      const { status } = await scan('blob-source-scan-template', {
        blob,
        git: { url: git.url('shop.git'), username: 'git' },
      });
      expect(status?.phase).toBe('Completed');
      expect(status?.artifact?.blob?.url).toBe(blob.url);
    });

    test('scans a private repository with the key of a Secret', async ({ skip }) => {
      const server = ssh ?? skip(gitSshMissing());
      const { username, knownHosts } = server;
      const source = {
        git: { url: server.url('shop.git'), revision: 'main', username, knownHosts, sshKeySecret: 'key' },
      };
      const { status } = await scan('private-source-scan-template', source, server.privateKey);
      expect(status?.conditions?.find((one) => one.error !== undefined)?.error).toBeUndefined();
      expect(status?.cveCount).toEqual(counts);
      expect(status?.artifact?.git?.revision).toBe(commit);
    });
  });

  const bad: readonly (readonly [name: string, template: string, source: () => Source, error: RegExp])[] = [
    [
      'a repository that is not there',
      'public-source-scan-template',
      () => ({ git: { url: git.url('nowhere.git'), username: 'git' } }),
      /nowhere\.git/,
    ],
    [
      'a branch that is not there',
      'public-source-scan-template',
      () => ({ git: { url: git.url('shop.git'), revision: 'nowhere', username: 'git' } }),
      /nowhere/,
    ],
    [
      'an archive that is not there',
      'blob-source-scan-template',
      () => ({ blob: { url: blobs.url('/nowhere.tar.gz') } }),
      /404/,
    ],
    [
      'an archive that is no tar',
      'blob-source-scan-template',
      () => ({ blob: { url: blobs.url('/not-tar.tar.gz') } }),
      /tar/,
    ],
    [
      'an archive that is no gzip',
      'blob-source-scan-template',
      () => ({ blob: { url: blobs.url('/not-gzip.tar.gz') } }),
      /gzip|gz/i,
    ],
    [
      'an archive with names that lead out',
      'blob-source-scan-template',
      () => ({ blob: { url: blobs.url('/escapes.tar.gz') } }),
      /outside/,
    ],
    [
      'an archive with links that lead out',
      'blob-source-scan-template',
      () => ({ blob: { url: blobs.url('/link.tar.gz') } }),
      /link/,
    ],
    [
      'a file of the node',
      'public-source-scan-template',
      () => ({ git: { url: 'file:///etc', username: 'git' } }),
      /file:/,
    ],
  ];

  describe('a source that cannot be fetched', () => {
    const expectFetchFailed = ({ status }: Scan, error: RegExp): void => {
      expect(status?.phase).toBe('Error');
      expect(status?.failure?.code).toBe('SourceFetchFailed');
      const succeeded = status?.conditions?.find((one) => one.type === 'Succeeded');
      expect(`${succeeded?.status} ${succeeded?.reason}: ${succeeded?.message}`).toBe(
        'False Error: An error has occurred',
      );
      expect(succeeded?.error).toMatch(error);
      // One sentence of ours, and nothing of the program's insides.
      expect(succeeded?.error).not.toMatch(/\n\s+at |node:internal/);
    };

    test.each(bad)('%s', async (_, template, source, error) => {
      expectFetchFailed(await scan(template, source()), error);
    });

    test('with a key that is not let in', async ({ skip }) => {
      const server = ssh ?? skip(gitSshMissing());
      const { username, knownHosts } = server;
      const { privateKey } = await generateSshKey();
      const source = { git: { url: server.url('shop.git'), username, knownHosts, sshKeySecret: 'key' } };
      expectFetchFailed(await scan('private-source-scan-template', source, privateKey), /key|denied/i);
    });

    test('from a host that is not known', async ({ skip }) => {
      const server = ssh ?? skip(gitSshMissing());
      const { username, privateKey } = server;
      const other =
        'elsewhere.test ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIWPI1WnA4WbSUWp0qRRz5VqDkEzSdNs1DGKvBIGzGPF\n';
      const source = {
        git: { url: server.url('shop.git'), username, knownHosts: other, sshKeySecret: 'key' },
      };
      expectFetchFailed(await scan('private-source-scan-template', source, privateKey), /known|host key/i);
    });
  });
}
