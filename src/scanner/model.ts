/** What the scanner's parts hand each other. Its outcome is the `Report` of `src/report/model.ts`. */

/** Where in the scanned tree a package was read: a path relative to the root, with `/`, and a line (1-based). */
export interface Location {
  readonly path: string;
  readonly line?: number;
}

/** One package as a lock file (or a manifest) names it. */
export interface Package {
  /** An OSV ecosystem: `npm`, `PyPI`, `Go`, `crates.io`; a distribution with its release: `Debian:12`. */
  readonly ecosystem: string;
  /** As the ecosystem writes it: `@babel/core`, `golang.org/x/net`. */
  readonly name: string;
  /** Absent where the file names none, which makes the package impossible to match. */
  readonly version?: string;
  readonly location: Location;
  /** Only needed while developing. */
  readonly dev?: boolean;
  /** Named by the project itself, not through another package; absent where the file does not tell. */
  readonly direct?: boolean;
  readonly licenses?: readonly string[];
  /** Fetched from a repository at this commit, and not from the ecosystem's registry. */
  readonly commit?: string;
}

/** What reading the tree gave. */
export interface Catalog {
  /** In the order of their files' paths, then of their place in the file. */
  readonly packages: Package[];
  /** Sentences on what could not be read, each with its path. */
  readonly incomplete: string[];
  /** How many files a cataloger read. */
  readonly files: number;
}
