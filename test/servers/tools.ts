import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

import { serverDirectory, serverOf, toolsDirectory } from '../../scripts/servers/catalog.ts';

/** Programs that people who test against Kubernetes already have in the folder of this variable. */
const kubebuilderAssets = new Set(['kube-apiserver', 'kube-controller-manager', 'etcd', 'kubectl']);

/**
 * The path of a program or data file that a test needs, or undefined when this machine has none.
 * Looked for in this order: the variable its field uses (`KUBEBUILDER_ASSETS`), the cache folder
 * that `scripts/servers/build.ts` fills, the PATH, and for daemons the folders of the system that
 * are on root's PATH only. `name` is a program (`kube-apiserver`, `opa`, `git`, `sshd`).
 */
export function findTool(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return candidates(name, env).find(isProgram);
}

/** The path of a built data file such as `v0.json` of OPA's cases, or undefined. */
export function findBuiltFile(name: string): string | undefined {
  const server = serverOf(name);
  if (server === undefined) return undefined;
  const file = path.join(serverDirectory(server), name);
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined;
}

/**
 * Which of the named programs are missing, as a sentence for a skipped test; undefined when all
 * are there.
 */
export function missingTools(...names: string[]): string | undefined {
  const missing = names.filter((name) => findTool(name) === undefined);
  if (missing.length === 0) return undefined;
  return `skipped, not on this machine: ${missing.join(', ')} (node scripts/servers/build.ts, or the system's packages, bring them)`;
}

/** A kubectl of one minor version, e.g. `{ version: '1.27', path: '/usr/bin/kubectl.1.27' }`. */
export type Kubectl = { version: string; path: string };

/**
 * Every kubectl on this machine, one a minor version, oldest first: those named `kubectl.1.NN`
 * beside the real target of the one on the PATH (which may be a dispatcher), the one on the PATH
 * itself, and the one built with the API server.
 */
export function kubectlVersions(env: NodeJS.ProcessEnv = process.env): Kubectl[] {
  const onPath = pathEntries('kubectl', env).find(isProgram);
  const found = new Map<string, string>();
  for (const kubectl of [builtKubectl(env), ...(onPath ? [...siblings(onPath), onPath] : [])]) {
    if (kubectl === undefined) continue;
    const version = versionInName(kubectl) ?? askVersion(kubectl);
    if (version !== undefined && !found.has(version)) found.set(version, kubectl);
  }
  return [...found]
    .map(([version, file]) => ({ version, path: file }))
    .sort((a, b) => minor(a.version) - minor(b.version));
}

function candidates(name: string, env: NodeJS.ProcessEnv): string[] {
  const assets = env.KUBEBUILDER_ASSETS;
  const server = serverOf(name);
  return [
    ...(assets && kubebuilderAssets.has(name) ? [path.join(assets, name)] : []),
    ...(server === undefined ? [] : [path.join(serverDirectory(server, toolsDirectory(env)), name)]),
    ...pathEntries(name, env),
    ...['/usr/sbin', '/usr/local/sbin'].map((directory) => path.join(directory, name)),
  ];
}

function pathEntries(name: string, env: NodeJS.ProcessEnv): string[] {
  const directories = (env.PATH ?? '').split(path.delimiter).filter((each) => each !== '');
  return directories.map((directory) => path.join(directory, name));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function builtKubectl(env: NodeJS.ProcessEnv): string | undefined {
  const file = path.join(serverDirectory('kubernetes', toolsDirectory(env)), 'kubectl');
  return isProgram(file) ? file : undefined;
}

function siblings(kubectl: string): string[] {
  const directory = path.dirname(realpathSync(kubectl));
  const names = readdirSync(directory).filter((name) => /^kubectl\.1\.\d+$/.test(name));
  return names.map((name) => path.join(directory, name)).filter(isProgram);
}

function versionInName(kubectl: string): string | undefined {
  return /^kubectl\.(1\.\d+)$/.exec(path.basename(kubectl))?.[1];
}

function askVersion(kubectl: string): string | undefined {
  try {
    const text = execFileSync(kubectl, ['version', '--client', '--output=json'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 30_000,
    });
    const [, major, minorPart] = /"gitVersion":\s*"v(\d+)\.(\d+)\./.exec(text) ?? [];
    return major === undefined ? undefined : `${major}.${minorPart}`;
  } catch {
    return undefined;
  }
}

function minor(version: string): number {
  return Number(version.split('.')[1]);
}
