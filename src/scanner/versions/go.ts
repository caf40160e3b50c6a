/**
 * Go modules order by Semantic Versioning with a `v` before it (go.dev/ref/mod#versions), pseudo-versions included.
 * The toolchain, whose advisories speak of the module `stdlib`, is numbered `1.21`, `1.21.3`, `go1.21rc2`.
 */
import { compareSemver, parseSemver } from './semver.ts';
import type { SemanticVersion } from './semver.ts';
import type { VersionScheme } from './scheme.ts';

/** `1.21rc2` comes before `1.21.0`, as `1.21.0-rc.2` does. A suffix such as `-custom` names a build of the same release. */
const toolchain = /^(?:go)?(\d+\.\d+)(\.\d+)?(?:(rc|beta)(\d+))?(?:[ -].*)?$/;

function parse(text: string): SemanticVersion | undefined {
  const trimmed = text.trim();
  const release =
    trimmed.startsWith('go') || /\d(?:rc|beta)\d/.test(trimmed) ? toolchain.exec(trimmed) : null;
  if (!release) return parseSemver(trimmed);
  const [, minor = '', patch = '.0', stage, number] = release;
  return parseSemver(`${minor}${patch}${stage === undefined ? '' : `-${stage}.${number}`}`);
}

export const go: VersionScheme<SemanticVersion> = { name: 'go', parse, compare: compareSemver };
