/** Brings a target to this machine for as long as it is looked at. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { fetchEnvironment } from '../config/fetch-environment.ts';
import type { Report } from '../report/model.ts';
import { fetchSource } from '../scanner/index.ts';
import type { Context } from './context.ts';
import type { Progress } from './render/progress.ts';
import { bytes } from './render/words.ts';
import { readResolved } from './resolved.ts';
import { readTarget } from './target.ts';
import type { TargetOptions } from './target.ts';

export interface Source {
  readonly folder: string;
  /** What was fetched; a folder's name is found by the scanner. */
  readonly subject?: Report['subject'];
}

/** The options that say how to reach a target. */
export function withTargetOptions(command: Command): Command {
  return command
    .option('--revision <revision>', 'branch, tag or commit of a git URL')
    .option('--ssh-key <file>', 'private key for a git URL over SSH')
    .option('--known-hosts <file>', 'trust only these hosts for a git URL over SSH')
    .option('--username <name>', 'user for a git URL over SSH that names none (default: git)');
}

/** Runs `use` on the target's folder; what had to be fetched for it is gone afterwards, Ctrl-C included. */
export async function useSource<T>(
  target: string,
  options: TargetOptions & { readonly resolved?: string },
  context: Context,
  progress: Progress,
  use: (source: Source) => Promise<T>,
): Promise<T> {
  const knownHosts = options.knownHosts && (await readFile(options.knownHosts, 'utf8'));
  const spec = await readTarget(target, options, knownHosts);
  if (spec.dir !== undefined) {
    const subject = options.resolved === undefined ? undefined : await readResolved(options.resolved);
    return use({ folder: spec.dir, subject });
  }

  const into = await mkdtemp(path.join(tmpdir(), 'scanlink-'));
  try {
    progress.say(`Fetching ${target}`);
    const fetched = await fetchSource(spec, path.join(into, 'source'), {
      signal: context.stop(),
      environment: fetchEnvironment(),
      // The person at this terminal may read their own files.
      allowFile: true,
      onProgress: (at) => progress.say(`Fetching ${target}: ${bytes(at.bytes)}`),
    });
    const subject = { name: fetched.url, version: fetched.revision, type: 'application' };
    return await use({ folder: fetched.path, subject });
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}
