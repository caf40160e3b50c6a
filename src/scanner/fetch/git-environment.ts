/** What the `git` program and the `ssh` it starts get to see. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { messageOf } from '../../lib/errors.ts';
import { fetchFailed } from './failure.ts';
import { publicKnownHosts } from './known-hosts.ts';
import type { FetchOptions, GitSource } from './types.ts';

export interface GitEnvironment {
  readonly env: Readonly<Record<string, string>>;
  /** Removes the copy of the key. */
  readonly dispose: () => void;
}

/** Variables that say how to reach the network, in both spellings programs use. */
const passedOn = [
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'SSH_AUTH_SOCK',
  'TMPDIR',
];

const plainPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function gitEnvironment(git: GitSource, options: FetchOptions): GitEnvironment {
  const given = options.environment ?? {};
  const secrets = mkdtempSync(path.join(given['TMPDIR'] ?? tmpdir(), 'scan-link-git-'));
  const env: Record<string, string> = {
    PATH: given['PATH'] ?? plainPath,
    // Nothing of the user's: no aliases, no credential helpers, no rewritten URLs.
    HOME: secrets,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'true',
    SSH_ASKPASS: 'true',
    GIT_ALLOW_PROTOCOL: `https:http:ssh:git${options.allowFile ? ':file' : ''}`,
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    // Messages are read by us.
    LC_ALL: 'C',
  };
  for (const name of passedOn) {
    const value = given[name];
    if (value !== undefined) env[name] = value;
  }
  try {
    env['GIT_SSH_COMMAND'] = sshCommand(git, secrets, env['SSH_AUTH_SOCK'] !== undefined);
  } catch (error) {
    rmSync(secrets, { recursive: true, force: true });
    throw error;
  }
  return { env, dispose: () => rmSync(secrets, { recursive: true, force: true }) };
}

/** ssh splits this like a shell: the paths are ours and hold no spaces, but a temporary folder's might. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function sshCommand(git: GitSource, secrets: string, hasAgent: boolean): string {
  const hosts = path.join(secrets, 'known_hosts');
  const strict = git.knownHosts !== undefined && git.knownHosts.trim() !== '';
  const lines = strict ? [git.knownHosts ?? ''] : [...publicKnownHosts];
  writeFileSync(hosts, `${lines.join('\n')}\n`, { mode: 0o600 });
  const usual = path.join(homedir(), '.ssh', 'known_hosts');
  const files = strict ? hosts : `${hosts} ${usual}`;
  const parts = [
    'ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes -o UpdateHostKeys=no -o ConnectTimeout=30',
    `-o ${quote(`UserKnownHostsFile=${files}`)}`,
    `-o GlobalKnownHostsFile=${strict ? '/dev/null' : '/etc/ssh/ssh_known_hosts'}`,
  ];
  if (git.sshKeyFile !== undefined) {
    const key = copyKey(git, git.sshKeyFile, secrets);
    parts.push(`-o IdentitiesOnly=yes -o IdentityAgent=none -o ${quote(`IdentityFile=${key}`)}`);
  } else if (!hasAgent) parts.push('-o IdentityAgent=none');
  return parts.join(' ');
}

/** ssh refuses a key that others may read, as mounted secrets are, and one whose last line does not end. */
function copyKey(git: GitSource, file: string, secrets: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw fetchFailed(git.url, `the SSH key cannot be read: ${messageOf(error)}`, error);
  }
  if (!text.includes('PRIVATE KEY')) throw fetchFailed(git.url, 'the SSH key given is no private key');
  const copy = path.join(secrets, 'key');
  writeFileSync(copy, `${text.trimEnd()}\n`, { mode: 0o600 });
  chmodSync(copy, 0o600);
  return copy;
}
