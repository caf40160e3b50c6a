/**
 * How the versions of one ecosystem are ordered. One file a scheme; the table of them is `schemes.ts`.
 */
export interface VersionScheme<V> {
  readonly name: string;
  /** Reads one version; undefined where `text` is none of this scheme. Never throws, in time linear to `text`. */
  parse(text: string): V | undefined;
  /** Below 0 when `a` comes before `b`, 0 when they are equal, else above 0. A total order of what `parse` gives. */
  compare(a: V, b: V): number;
}

/** Compares one fixed version with others given as text; undefined where the other is no version. */
export type CompareWith = (other: string) => number | undefined;

/** A scheme for users that need not know what its versions look like inside. */
export interface Versions {
  readonly name: string;
  /** Below 0, 0 or above 0; undefined where either text is no version of the scheme. */
  compare(a: string, b: string): number | undefined;
  /** Reads `version` once for many comparisons; undefined where it is no version of the scheme. */
  reader(version: string): CompareWith | undefined;
}

/** Longer texts are no versions, whatever the scheme: bounds the work of every comparison. */
export const longestVersion = 1024;

/** Hides the scheme's own representation of a version. */
export function versionsOf<V>(scheme: VersionScheme<V>): Versions {
  const parse = (text: string): V | undefined =>
    text.length > longestVersion ? undefined : scheme.parse(text);
  const reader = (version: string): CompareWith | undefined => {
    const parsed = parse(version);
    if (parsed === undefined) return undefined;
    return (other) => {
      const otherParsed = parse(other);
      return otherParsed === undefined ? undefined : scheme.compare(parsed, otherParsed);
    };
  };
  return { name: scheme.name, reader, compare: (a, b) => reader(a)?.(b) };
}
