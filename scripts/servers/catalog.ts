import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/**
 * The real programs we test and measure against: which version, and which files a finished build
 * leaves. One entry is one folder `<tools>/<name>-<version>/`; a newer version is a new folder, so
 * that two checkouts that want different versions share one cache.
 */
export const catalog = {
  opa: { version: '1.22.2', files: ['opa'] },
  'opa-cases': { version: '1.22.2', files: ['v0.json', 'v1.json'] },
  kubernetes: { version: '1.36.3', files: ['kube-apiserver', 'kube-controller-manager', 'kubectl'] },
  etcd: { version: '3.6.16', files: ['etcd'] },
  'osv-scanner': { version: '2.5.0', files: ['osv-scanner'] },
} as const satisfies Record<string, { version: string; files: readonly string[] }>;

/** The name of an entry of {@link catalog}. */
export type ServerName = keyof typeof catalog;

/** All names, in the order in which they are built: what others wait for first. */
export const serverNames: readonly ServerName[] = ['opa', 'opa-cases', 'kubernetes', 'etcd', 'osv-scanner'];

/** True when `name` is an entry of the catalogue. */
export function isServerName(name: string): name is ServerName {
  return Object.hasOwn(catalog, name);
}

/**
 * The cache folder: `SCANLINK_TOOLS_DIR`, else `scan-link/tools` under the user's cache folder
 * (`XDG_CACHE_HOME`, `~/.cache`). An empty variable counts as unset, as the XDG base directory
 * specification asks. The folder need not exist.
 */
export function toolsDirectory(env: NodeJS.ProcessEnv = process.env): string {
  if (env.SCANLINK_TOOLS_DIR) return path.resolve(env.SCANLINK_TOOLS_DIR);
  const cache = env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(cache, 'scan-link', 'tools');
}

/** Where the finished build of `name` lies, whether or not it exists yet. */
export function serverDirectory(name: ServerName, tools: string = toolsDirectory()): string {
  return path.join(tools, `${name}-${catalog[name].version}`);
}

/** True when every file of the build is there. Builds are renamed into place whole. */
export function isBuilt(name: ServerName, tools: string = toolsDirectory()): boolean {
  const directory = serverDirectory(name, tools);
  return catalog[name].files.every((file) => existsSync(path.join(directory, file)));
}

/** The entry that holds a program or file of this name, e.g. `kubectl` → `kubernetes`. */
export function serverOf(file: string): ServerName | undefined {
  return serverNames.find((name) => catalog[name].files.some((each) => each === file));
}
