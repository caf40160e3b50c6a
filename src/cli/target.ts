/** What `scan` and `sbom` are pointed at. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ScanLinkError } from '../lib/errors.ts';
import type { SourceSpec } from '../scanner/index.ts';

export interface TargetOptions {
  readonly revision?: string;
  readonly sshKey?: string;
  readonly knownHosts?: string;
  readonly username?: string;
}

const archive = /\.(?:tar\.gz|tgz)$/;
/** `user@host:path`, as git and ssh write it. */
const scpLike = /^[\w.-]+@[\w.-]+:(?!\/\/)\S+$/;

/**
 * Reads TARGET: a folder, a `.tar.gz` here or behind a URL, or a git URL.
 * @param knownHosts the content of the known_hosts file, where one is named
 * @throws ScanLinkError `TargetUnknown` with what is understood
 */
export async function readTarget(
  target: string,
  options: TargetOptions,
  knownHosts?: string,
): Promise<SourceSpec> {
  const found = await stat(target).catch(() => undefined);
  if (found?.isDirectory()) return { dir: path.resolve(target) };
  if (found) {
    if (archive.test(target)) return { blob: { url: pathToFileURL(target).href } };
    throw unknown(
      `${target} is a file, and of files only .tar.gz archives of source code can be scanned so far; name the folder it lies in`,
    );
  }
  if (/^(?:https?|file):\/\//.test(target) && archive.test(target.replace(/[?#].*$/, ''))) {
    return { blob: { url: target, revision: options.revision } };
  }
  if (/^(?:https?|ssh|git|file):\/\//.test(target) || scpLike.test(target)) {
    return {
      git: {
        url: target,
        revision: options.revision,
        knownHosts,
        sshKeyFile: options.sshKey,
        username: options.username,
      },
    };
  }
  if (/^[^/\s]+(?:\/[^/\s]+)*(?::[\w.-]+|@sha256:[0-9a-f]+)$/.test(target)) {
    throw unknown(
      `there is no folder ${target}; if it is an image, images cannot be scanned yet: give a folder, a git URL or a .tar.gz`,
    );
  }
  throw unknown(`there is no folder ${target}; give a folder, a git URL or a .tar.gz`);
}

function unknown(message: string): ScanLinkError {
  return new ScanLinkError(message, { code: 'TargetUnknown' });
}
