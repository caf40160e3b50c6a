/** npm orders by Semantic Versioning, in node-semver's loose reading. */
import { compareSemver, parseSemver } from './semver.ts';
import type { SemanticVersion } from './semver.ts';
import type { VersionScheme } from './scheme.ts';

export const npm: VersionScheme<SemanticVersion> = {
  name: 'npm',
  parse: parseSemver,
  compare: compareSemver,
};
