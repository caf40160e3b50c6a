/** R and Haskell: versions are lists of numbers, of which a longer one comes after its own beginning. */
import { order, orderLists, wholeOf } from './parts.ts';
import type { Whole } from './parts.ts';
import type { VersionScheme } from './scheme.ts';

const lists = (name: string, shape: RegExp, separator: RegExp): VersionScheme<Whole[]> => ({
  name,
  parse: (text) => (shape.test(text.trim()) ? text.trim().split(separator).map(wholeOf) : undefined),
  compare: (a, b) => orderLists(a, b, order),
});

/** Writing R Extensions, 1.1.1: numbers separated by a single `.` or `-`. */
export const cran = lists('cran', /^\d+(?:[.-]\d+)*$/, /[.-]/);

/** The Haskell Package Versioning Policy. */
export const hackage = lists('hackage', /^\d+(?:\.\d+)*$/, /\./);
