// The families of builtins.
import { aggregates } from './aggregates.ts';
import { arithmetic } from './arithmetic.ts';
import { arrays } from './arrays.ts';
import { aws } from './aws.ts';
import { bits } from './bits.ts';
import { comparison } from './comparison.ts';
import { crypto } from './crypto.ts';
import { encoding } from './encoding.ts';
import { glob } from './glob.ts';
import { graph } from './graph.ts';
import { graphql } from './graphql.ts';
import { jsonPaths } from './json-paths.ts';
import { jsonSchema } from './json-schema.ts';
import { jwt } from './jwt.ts';
import { net } from './net.ts';
import { numbers } from './numbers.ts';
import { objects } from './objects.ts';
import { policies } from './policies.ts';
import { regex } from './regex.ts';
import { semver } from './semver.ts';
import { sets } from './sets.ts';
import { strings } from './strings.ts';
import { time } from './time.ts';
import { types } from './types.ts';
import { units } from './units.ts';
import { urls } from './urls.ts';
import { uuid } from './uuid.ts';
import { x509 } from './x509.ts';
import type { BuiltinFn } from './context.ts';

export const families: readonly Readonly<Record<string, BuiltinFn>>[] = [
  aggregates,
  arithmetic,
  arrays,
  aws,
  bits,
  comparison,
  crypto,
  encoding,
  glob,
  graph,
  graphql,
  jsonPaths,
  jsonSchema,
  jwt,
  net,
  numbers,
  objects,
  policies,
  regex,
  semver,
  sets,
  strings,
  time,
  types,
  units,
  urls,
  uuid,
  x509,
];
