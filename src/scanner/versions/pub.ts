/** Dart's Pub (pub.dev/packages/pub_semver): Semantic Versioning in which the build counts too. */
import { orderLists } from './parts.ts';
import { compareIdentifier, compareSemver, parseSemver } from './semver.ts';
import type { SemanticVersion } from './semver.ts';
import type { VersionScheme } from './scheme.ts';

const identifiers = (build: string): string[] => (build === '' ? [] : build.split('.'));

export const pub: VersionScheme<SemanticVersion> = {
  name: 'pub',
  parse: parseSemver,
  compare: (a, b) =>
    compareSemver(a, b) || orderLists(identifiers(a.build), identifiers(b.build), compareIdentifier),
};
