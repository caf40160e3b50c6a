// Builtins whose answers depend on their arguments alone, and what to give them.
import type { Random } from './random.ts';

/** What a value is, as far as generators know: a Rego type, or a kind of text a builtin reads. */
export type Kind = 'any' | 'string' | 'number' | 'boolean' | 'array' | 'object' | 'set' | 'null' | Text;

/** Kinds of text with samples of their own. */
export type Text = keyof typeof samples;

const samples = {
  pattern: [
    'a+',
    '^a',
    '[a-c]*',
    '(a|b)(c)?',
    '\\\\d+',
    '.',
    '(',
    '(?i)A',
    '',
    '\\\\bfoo\\\\b',
    '[[:alpha:]]+',
  ],
  template: ['$1', '<$0>', 'x', '${1}y', '$$', ''],
  format: [
    '%d',
    '%s',
    '%v',
    '%d %s',
    '%05d',
    '%x',
    '%q',
    '%5.2f',
    '%%',
    '%v %v',
    '%t',
    '%b',
    '%e',
    '%-5s|',
    '%c',
  ],
  cidr: [
    '10.0.0.0/8',
    '10.1.0.0/16',
    '192.168.1.1',
    '::1/128',
    'fe80::/10',
    'nonsense',
    '10.0.0.1/33',
    '0.0.0.0/0',
  ],
  version: [
    '1.2.3',
    '1.2.4-rc.1',
    '1.2',
    'v1.0.0',
    '1.2.3+build',
    '0.0.1',
    '1.2.3-alpha.10',
    '1.2.3-alpha.2',
  ],
  glob: ['*', 'a*', '*.b', 'a/**', '{a,b}', '[a-c]', '?', 'a.?', '**', '[!a]*', '\\\\*'],
  units: ['10', '1K', '1Ki', '1.5Mi', '2G', '100m', 'x', '1 K', '', '1KB', '10MiB', '1e3', '-1K'],
  rfc3339: ['2024-02-29T12:00:00Z', '2023-12-31T23:59:59.123456789+02:00', '1970-01-01T00:00:00Z', 'nope'],
  duration: ['1h', '1m30s', '-2ms', '1.5h', 'x', '1d', '0'],
  json: [
    '{\\"a\\": [1, 2.50]}',
    '[]',
    '1e2',
    'nope',
    '\\"a\\"',
    '{\\"a\\":1,\\"a\\":2}',
    'null',
    '[1',
    ' true ',
  ],
  yaml: ['a: 1', '- 1\\n- b', 'x: {y: [1, 2]}', 'a: b: c', 'true', '1.50', '~'],
  base64: ['YWJj', 'YQ==', '****', '', 'YWJ', '_-8='],
  hex: ['6162', 'zz', '', 'FF', '123'],
  query: ['a=1&b=2', 'a=%20b&a=2', '%zz', '', 'a', 'a+b=c'],
  layout: ['2006-01-02', 'Mon Jan _2 15:04:05 2006', '15:04', 'RFC822'],
  pointer: ['a', 'a/b', '/a/b', 'a/0', 'x~1y', ''],
  cutset: ['a', 'ab', ' ', '', 'é', 'abc'],
} as const;

export function sampleText(random: Random, kind: Text): string {
  return `"${random.pick<string>(samples[kind])}"`;
}

export function isText(kind: Kind): kind is Text {
  return kind in samples;
}

/** A whole number small enough for counts and shifts. */
export type Argument = Kind | 'small' | 'numbers' | 'strings' | 'collection' | 'pointers' | 'sets';

export interface Call {
  readonly name: string;
  readonly args: readonly Argument[];
  readonly result: Kind;
}

function calls(text: string): Call[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', ...words] = line.trim().split(' ');
      // The words below are all of the two types; a wrong one makes no argument and fails at once.
      return { name, args: words.slice(0, -1) as Argument[], result: words.at(-1) as Kind };
    });
}

export const builtinCalls: readonly Call[] = calls(`
  abs number number
  ceil number number
  floor number number
  round number number
  numbers.range small small array
  numbers.range_step small small small array
  bits.and small small number
  bits.or small small number
  bits.xor small small number
  bits.negate small number
  bits.lsh small small number
  bits.rsh small small number
  count collection number
  sum numbers number
  product numbers number
  max collection any
  min collection any
  sort collection array
  array.concat array array array
  array.reverse array array
  array.slice array small small array
  union sets set
  intersection sets set
  object.get object any any any
  object.keys object set
  object.remove object array object
  object.union object object object
  object.union_n array object
  object.filter object array object
  object.subset any any boolean
  json.filter object pointers object
  json.remove object pointers object
  json.marshal any string
  json.unmarshal json any
  json.is_valid json boolean
  yaml.marshal any string
  yaml.unmarshal yaml any
  yaml.is_valid yaml boolean
  base64.encode string string
  base64.decode base64 string
  base64.is_valid base64 boolean
  base64url.encode string string
  base64url.encode_no_pad string string
  base64url.decode base64 string
  hex.encode string string
  hex.decode hex string
  urlquery.encode string string
  urlquery.decode query string
  urlquery.decode_object query object
  urlquery.encode_object object string
  concat string strings string
  contains string string boolean
  startswith string string boolean
  endswith string string boolean
  format_int number small string
  indexof string string number
  indexof_n string string array
  lower string string
  upper string string
  replace string string string string
  split string string array
  sprintf format array string
  substring string small small string
  trim string cutset string
  trim_left string cutset string
  trim_right string cutset string
  trim_prefix string string string
  trim_suffix string string string
  trim_space string string
  strings.reverse string string
  strings.any_prefix_match string strings boolean
  strings.any_suffix_match strings string boolean
  strings.count string string number
  strings.replace_n object string string
  regex.match pattern string boolean
  regex.is_valid pattern boolean
  regex.split pattern string array
  regex.find_n pattern string small array
  regex.find_all_string_submatch_n pattern string small array
  regex.replace string pattern template string
  glob.match glob null string boolean
  glob.match glob strings string boolean
  glob.quote_meta glob string
  net.cidr_contains cidr cidr boolean
  net.cidr_intersects cidr cidr boolean
  net.cidr_is_valid cidr boolean
  net.cidr_merge strings set
  semver.compare version version number
  semver.is_valid version boolean
  units.parse units number
  units.parse_bytes units number
  to_number any number
  is_array any boolean
  is_boolean any boolean
  is_null any boolean
  is_number any boolean
  is_object any boolean
  is_set any boolean
  is_string any boolean
  type_name any string
  time.parse_rfc3339_ns rfc3339 number
  time.parse_duration_ns duration number
  time.parse_ns layout string number
  time.date number array
  time.clock number array
  time.weekday number string
  time.format number string
  time.add_date small small small small number
  time.diff number number array
  crypto.md5 string string
  crypto.sha1 string string
  crypto.sha256 string string
  crypto.hmac.sha256 string string string
  graph.reachable object array set
  graph.reachable_paths object array set
`);

export const infix: readonly (readonly [operator: string, left: Argument, right: Argument, result: Kind])[] =
  [
    ['+', 'number', 'number', 'number'],
    ['-', 'number', 'number', 'number'],
    ['*', 'number', 'number', 'number'],
    ['/', 'number', 'number', 'number'],
    ['%', 'small', 'small', 'number'],
    ['-', 'set', 'set', 'set'],
    ['&', 'set', 'set', 'set'],
    ['|', 'set', 'set', 'set'],
  ];
