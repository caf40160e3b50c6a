/** `scanlink fetch`: the `repo` container of a scan pod. What to fetch is told by the environment (spec.md §6). */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import { fetchEnvironment } from '../config/fetch-environment.ts';
import { scanPodEnvironment } from '../config/scan-pod.ts';
import type { ScanPodEnvironment } from '../config/scan-pod.ts';
import { ScanLinkError } from '../lib/errors.ts';
import { fetchSource } from '../scanner/index.ts';
import type { SourceSpec } from '../scanner/index.ts';
import type { Context } from './context.ts';
import { examples, outputOption } from './options.ts';
import { progressOn } from './render/progress.ts';
import { bytes } from './render/words.ts';
import { writeResolved } from './resolved.ts';

interface Options {
  into: string;
  kind: 'auto' | 'git' | 'blob';
  sshKey?: string;
  resolved?: string;
  allowFile?: true;
  output: 'table' | 'json';
}

export function fetchCommand(context: Context): Command {
  return new Command('fetch')
    .requiredOption('--into <folder>', 'where to put it; must be empty or not there')
    .addOption(
      new Option('--kind <kind>', 'what the URL is; auto takes .tar.gz and .tgz for blobs')
        .choices(['auto', 'git', 'blob'])
        .default('auto'),
    )
    .option('--ssh-key <file>', 'private key; left out when the file is not there')
    .option('--resolved <file>', 'write what was fetched as JSON (default: beside the folder)')
    .option('--allow-file', 'take file: URLs too')
    .addOption(outputOption(['table', 'json']))
    .addHelpText(
      'after',
      `\nReads REPOSITORY, REVISION, KNOWN_HOSTS and GIT_USERNAME from the environment.\n` +
        examples(
          'REPOSITORY=https://example.com/shop.git REVISION=main scanlink fetch --into /workspace/source',
        ),
    )
    .action((options: Options) => run(options, context));
}

async function run(options: Options, context: Context): Promise<void> {
  const spec = readSource(scanPodEnvironment(), options);
  const progress = progressOn(context.err);
  try {
    const fetched = await fetchSource(spec, options.into, {
      signal: context.stop(),
      environment: fetchEnvironment(),
      allowFile: options.allowFile ?? false,
      onProgress: (at) => progress.say(`Fetched ${bytes(at.bytes)}`),
    });
    progress.done();
    const resolved = { repository: fetched.url, revision: fetched.revision };
    await writeResolved(options.resolved ?? `${path.resolve(options.into)}.resolved.json`, resolved);
    const text = `Fetched ${fetched.url} at ${fetched.revision ?? 'its only revision'}, ${bytes(fetched.bytes)}`;
    context.out.write(`${options.output === 'json' ? JSON.stringify(resolved) : text}\n`);
  } finally {
    progress.done();
  }
}

function readSource(env: ScanPodEnvironment, options: Options): SourceSpec {
  const { repository: url, revision } = env;
  if (url === undefined) {
    throw new ScanLinkError('REPOSITORY is not set; it names the git or blob URL to fetch', {
      code: 'Usage',
    });
  }
  const blob =
    options.kind === 'blob' || (options.kind === 'auto' && /\.(?:tar\.gz|tgz)(?:[?#]|$)/.test(url));
  if (blob) return { blob: { url, revision } };
  const sshKeyFile = options.sshKey !== undefined && existsSync(options.sshKey) ? options.sshKey : undefined;
  return { git: { url, revision, knownHosts: env.knownHosts, username: env.gitUsername, sshKeyFile } };
}
