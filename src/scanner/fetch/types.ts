/** What can be fetched, and what comes of it. */

/** Fields of `SourceScan.spec.git` (spec.md §1), with the key as a file. */
export interface GitSource {
  readonly url: string;
  /** Branch, tag or commit; default: what the remote's HEAD points at. */
  readonly revision?: string;
  /**
   * Lines as in an OpenSSH `known_hosts` file: only these hosts and keys are trusted. When not given, the hosts that
   * the user running this already trusts (`~/.ssh/known_hosts`) and the published keys of the large public hosts
   * (`known-hosts.ts`). An unknown host, or another key than the known one, is refused; nothing is trusted on first
   * use, since whoever answers first could be anybody.
   */
  readonly knownHosts?: string;
  /** Path of a private key without passphrase. */
  readonly sshKeyFile?: string;
  /** For SSH URLs that name no user; default `git`. */
  readonly username?: string;
}

export interface BlobSource {
  /** A `.tar.gz` over `http:` or `https:`, or `file:` where allowed. */
  readonly url: string;
  /** Told on as it is; the archive's digest stands in when there is none. */
  readonly revision?: string;
}

export interface SourceSpec {
  readonly git?: GitSource;
  readonly blob?: BlobSource;
  /** A folder on this machine, scanned where it is: nothing is copied. */
  readonly dir?: string;
}

export interface FetchOptions {
  readonly signal?: AbortSignal;
  /** For the whole fetch; default 10 minutes. */
  readonly timeoutMs?: number;
  /** Bytes written below `into`; default 4 GiB. */
  readonly maxBytes?: number;
  /** Entries of an archive; default 500,000. */
  readonly maxEntries?: number;
  /** Lets `file:` URLs and paths be fetched; off by default, since a scan's URL comes from whoever may create scans. */
  readonly allowFile?: boolean;
  /**
   * The variables of this process, for git: PATH, proxies, certificates and the SSH agent are taken from it, and
   * nothing else. Default: a plain PATH.
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly onProgress?: (progress: { readonly bytes: number }) => void;
}

export interface FetchResult {
  readonly kind: 'git' | 'blob' | 'dir';
  /** The URL of the spec without any password or token in it; for `dir` the absolute path. */
  readonly url: string;
  /** git: the commit; blob: the spec's revision, or `sha256:` and the archive's digest; dir: absent. */
  readonly revision?: string;
  /** The folder to scan: `into`, or the folder that was named. */
  readonly path: string;
  /** Bytes that lie below `path` because of this fetch; 0 for `dir`. */
  readonly bytes: number;
}
