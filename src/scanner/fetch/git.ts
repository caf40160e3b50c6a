/** Source code from a git repository: one commit, with as little history as the server lets us take. */
import { messageOf } from '../../lib/errors.ts';
import { fetchFailed, megabytes } from './failure.ts';
import type { FetchBounds } from './fetch.ts';
import { gitEnvironment } from './git-environment.ts';
import { isMissingRevision, meaningOf } from './git-errors.ts';
import { runGit } from './git-run.ts';
import type { GitOptions, GitResult } from './git-run.ts';
import { TreeMeter } from './git-tree.ts';
import type { FetchOptions, FetchResult, GitSource } from './types.ts';
import { parseGitUrl, redactUrl } from './urls.ts';

/** @throws ScanLinkError `SourceFetchFailed` */
export async function fetchGit(
  git: GitSource,
  target: string,
  bounds: FetchBounds,
  options: FetchOptions,
): Promise<FetchResult> {
  const parsed = parseGitUrl(git.url, git.username || 'git');
  if (!parsed || (parsed.scheme === 'file' && !options.allowFile)) {
    throw fetchFailed(git.url, 'its URL must be of https, http, ssh or git, or like user@host:path');
  }
  const revision = checkedRevision(git);
  const { env, dispose } = gitEnvironment(git, options);
  try {
    const repository = new Repository({
      shownUrl: git.url,
      folder: target,
      env,
      bounds,
      onProgress: options.onProgress,
    });
    await repository.start(parsed.url);
    const commit = await repository.bring(revision);
    const bytes = await repository.checkOut(commit);
    return { kind: 'git', url: redactUrl(git.url), revision: commit, path: target, bytes };
  } catch (error) {
    if (options.signal?.aborted) throw error;
    if (bounds.signal.aborted)
      throw fetchFailed(git.url, `it took longer than ${bounds.timeoutMs / 1000} s`, error);
    throw isMissing(error) ? fetchFailed(git.url, 'the program "git" is not installed', error) : error;
  } finally {
    dispose();
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT' && messageOf(error).includes('spawn');

/** What git takes for a name (git-check-ref-format), and nothing that it takes for an option or an expression. */
function checkedRevision({ url, revision = '' }: GitSource): string {
  if (revision === '') return 'HEAD';
  const isName =
    /^[^\s~^:?*[\\\u0000-\u001f\u007f-]/.test(revision) &&
    !/[\s~^:?*[\\\u0000-\u001f\u007f]|\.\.|@\{/.test(revision);
  if (!isName || revision.length > 1000) {
    throw fetchFailed(url, `${JSON.stringify(revision.slice(0, 100))} is no branch, tag or commit`);
  }
  return revision;
}

const isWholeId = (revision: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(revision);
const isShortId = (revision: string): boolean => /^[0-9a-f]{7,63}$/i.test(revision);

interface RepositoryOptions {
  /** As the person wrote it, for messages. */
  readonly shownUrl: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly bounds: FetchBounds;
  readonly onProgress: FetchOptions['onProgress'];
}

class Repository {
  readonly #options: RepositoryOptions;
  readonly #shownUrl: string;

  constructor(options: RepositoryOptions) {
    this.#options = options;
    this.#shownUrl = options.shownUrl;
  }

  async start(url: string): Promise<void> {
    await this.#must(['init', '--quiet']);
    await this.#must(
      ['remote', 'add', '--no-tags', 'origin', '--', url].filter((arg) => arg !== '--no-tags'),
    );
  }

  /** The commit that `revision` names, which is here afterwards. */
  async bring(revision: string): Promise<string> {
    const shallow = await this.#fetch(['--depth=1', 'origin', revision]);
    if (shallow.code === 0) return this.#resolve('FETCH_HEAD');
    const maybeId = isWholeId(revision) || isShortId(revision);
    if (!isMissingRevision(shallow.stderr) || !maybeId) throw this.#failed(shallow, revision);
    // A commit that the server gives away only with the branch it is on, or one whose name is shortened.
    const everything = await this.#fetch([
      'origin',
      '+refs/heads/*:refs/remotes/origin/*',
      '+refs/tags/*:refs/tags/*',
    ]);
    if (everything.code !== 0) throw this.#failed(everything, revision);
    return this.#resolve(revision);
  }

  /** Writes the commit's files, after looking at how many and how large they are. Answers their bytes. */
  async checkOut(commit: string): Promise<number> {
    const meter = new TreeMeter(this.#options.bounds);
    const onOutput = (chunk: string): void => {
      meter.read(chunk);
      if (meter.excess !== undefined) throw fetchFailed(this.#shownUrl, meter.excess);
    };
    const listing = await this.#run(['ls-tree', '-r', '-l', '-z', '--full-tree', commit], { onOutput });
    if (listing.code !== 0) throw this.#failed(listing, commit);
    await this.#must(['checkout', '--quiet', '--force', '--detach', commit]);
    // Its URL may bear credentials.
    await this.#must(['remote', 'remove', 'origin']);
    return meter.bytes;
  }

  #fetch(args: readonly string[]): Promise<GitResult> {
    const { bounds, onProgress } = this.#options;
    return this.#run(['fetch', '--quiet', '--no-tags', '--no-write-commit-graph', '--force', ...args], {
      watch: { max: bounds.maxBytes, onBytes: (bytes) => onProgress?.({ bytes }) },
    });
  }

  async #resolve(name: string): Promise<string> {
    const found = await this.#run([
      'rev-parse',
      '--quiet',
      '--verify',
      '--end-of-options',
      `${name}^{commit}`,
    ]);
    const commit = found.stdout.trim();
    if (found.code !== 0 || !isWholeId(commit)) {
      throw fetchFailed(this.#shownUrl, `it has no commit ${JSON.stringify(name.slice(0, 100))}`);
    }
    return commit;
  }

  async #must(args: readonly string[]): Promise<void> {
    const result = await this.#run(args);
    if (result.code !== 0) throw this.#failed(result, '');
  }

  async #run(args: readonly string[], how: Pick<GitOptions, 'onOutput' | 'watch'> = {}): Promise<GitResult> {
    const { folder, env, bounds } = this.#options;
    const result = await runGit(args, { cwd: folder, env, signal: bounds.signal, ...how });
    if (result.tooLarge) throw fetchFailed(this.#shownUrl, `it is larger than ${megabytes(bounds.maxBytes)}`);
    return result;
  }

  #failed({ stderr }: GitResult, revision: string): Error {
    if (!isMissingRevision(stderr)) return fetchFailed(this.#shownUrl, meaningOf(stderr));
    const what =
      revision === 'HEAD'
        ? 'it has no commits'
        : `it has no branch, tag or commit ${JSON.stringify(revision)}`;
    return fetchFailed(this.#shownUrl, what);
  }
}
