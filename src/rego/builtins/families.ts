// The families of builtins.
import { aggregates } from './aggregates.ts';
import { arithmetic } from './arithmetic.ts';
import { arrays } from './arrays.ts';
import { bits } from './bits.ts';
import { comparison } from './comparison.ts';
import { objects } from './objects.ts';
import { sets } from './sets.ts';
import { strings } from './strings.ts';
import { types } from './types.ts';
import type { BuiltinFn } from './context.ts';

export const families: readonly Readonly<Record<string, BuiltinFn>>[] = [
  aggregates,
  arithmetic,
  arrays,
  bits,
  comparison,
  objects,
  sets,
  strings,
  types,
];
