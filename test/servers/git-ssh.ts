import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';

import { freePorts } from './ports.ts';
import { runOk } from './run.ts';
import { startProcess, waitUntilReady } from './server-process.ts';
import { findTool, missingTools } from './tools.ts';

export type GitSsh = {
  /** The URL of the repository `<root>/<name>`: `ssh://127.0.0.1:PORT/…`, without a user. */
  url: (name: string) => string;
  /** Who to log in as: the user that runs the tests. */
  username: string;
  /** The private key that is let in, in OpenSSH's own format. */
  privateKey: string;
  /** The line of known_hosts for this server. */
  knownHosts: string;
  stop: () => Promise<void>;
};

/** A sentence why there can be no SSH server on this machine, or undefined when there can. */
export function gitSshMissing(): string | undefined {
  return missingTools('sshd', 'ssh', 'ssh-keygen', 'git-shell');
}

/** Makes a key pair; `privateKey` as in a file, `publicKey` as a line of authorized_keys. */
export async function generateSshKey(): Promise<{ privateKey: string; publicKey: string }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'scan-link-key-'));
  try {
    const file = path.join(directory, 'key');
    await runOk(tool('ssh-keygen'), ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);
    const [privateKey, publicKey] = await Promise.all(
      [file, `${file}.pub`].map((each) => readFile(each, 'utf8')),
    );
    return { privateKey: privateKey ?? '', publicKey: (publicKey ?? '').trim() };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Serves the repositories under `root` by sshd on a free port of 127.0.0.1; its key may do nothing but git. */
export async function startGitSsh(root: string): Promise<GitSsh> {
  const missing = gitSshMissing();
  if (missing !== undefined) throw new Error(missing);
  const directory = await mkdtemp(path.join(tmpdir(), 'scan-link-sshd-'));
  const [port] = await freePorts(1);
  const [host, client] = await Promise.all([generateSshKey(), generateSshKey()]);
  const config = await writeConfig(directory, port ?? 0, host.privateKey, client.publicKey);
  // As root, sshd wants its empty folder, which a machine without a running sshd may lack.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const server = await startProcess({
    name: 'sshd',
    program: tool('sshd'),
    args: ['-D', '-e', '-f', config],
    logFile: path.join(directory, 'sshd.log'),
  });
  try {
    await waitUntilReady(server, () => greets(port ?? 0), 30_000);
  } catch (error) {
    await server.kill();
    throw error;
  }
  return {
    url: (name) => `ssh://127.0.0.1:${port}${path.join(root, name)}`,
    username: userInfo().username,
    privateKey: client.privateKey,
    knownHosts: `[127.0.0.1]:${port} ${host.publicKey}`,
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function writeConfig(
  directory: string,
  port: number,
  hostKey: string,
  clientKey: string,
): Promise<string> {
  const file = (name: string): string => path.join(directory, name);
  await writeFile(file('host-key'), hostKey, { mode: 0o600 });
  const only = `restrict,command="${tool('git-shell')} -c \\"$SSH_ORIGINAL_COMMAND\\""`;
  await writeFile(file('authorized_keys'), `${only} ${clientKey}\n`, { mode: 0o600 });
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${file('host-key')}`,
    `AuthorizedKeysFile ${file('authorized_keys')}`,
    'PidFile none',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    // The key lies under the folder for temporary files, which everybody may write to.
    'StrictModes no',
  ];
  await writeFile(file('sshd_config'), `${lines.join('\n')}\n`);
  return file('sshd_config');
}

/** True when an SSH server says its name. */
async function greets(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    const [chunk] = await once(
      socket.setTimeout(2000, () => socket.destroy()),
      'data',
    );
    return String(chunk).startsWith('SSH-2.0');
  } finally {
    socket.destroy();
  }
}

function tool(name: string): string {
  return findTool(name) ?? name;
}
