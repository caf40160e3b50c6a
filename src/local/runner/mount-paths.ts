/**
 * Processes of this machine have no mount namespace: a volume is a folder somewhere else. So what a container is told
 * about a mount path is rewritten to that folder where it stands in a way that can be recognised: an argument or an
 * environment value that is the path or lies under it, or that ends with such a path after `=` or `:`
 * (`--db=/data/db`, `file:/data/db`). Text that merely mentions a path, a shell script for instance, stays as it is.
 */
import path from 'node:path';
import type { HostMount } from './types.ts';

/** Longest mount path first, so that a mount inside another wins. */
function byLength(mounts: readonly HostMount[]): HostMount[] {
  return mounts.toSorted((a, b) => b.mountPath.length - a.mountPath.length);
}

/** The folder or file here for an absolute path of the container; undefined where no mount covers it. */
export function hostPathOf(containerPath: string, mounts: readonly HostMount[]): string | undefined {
  for (const { mountPath, hostPath } of byLength(mounts)) {
    const base = mountPath.replace(/\/+$/, '');
    if (containerPath === base || containerPath === `${base}/`) return hostPath;
    if (!containerPath.startsWith(`${base}/`)) continue;
    const rest = containerPath.slice(base.length + 1);
    // A path that leaves the mount again is not of the mount.
    if (path.posix.normalize(`${base}/${rest}`).startsWith(`${base}/`)) return path.join(hostPath, rest);
  }
  return undefined;
}

/** One argument or environment value, with the mount path in it replaced. */
export function rewritePaths(value: string, mounts: readonly HostMount[]): string {
  if (mounts.length === 0) return value;
  const whole = hostPathOf(value, mounts);
  if (whole !== undefined) return whole;
  for (const { index } of value.matchAll(/[=:](?=\/)/g)) {
    const rest = value.slice(index + 1);
    const host = hostPathOf(rest, mounts);
    if (host !== undefined) return value.slice(0, index + 1) + host;
  }
  return value;
}
