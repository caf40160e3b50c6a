/**
 * Writes the table of built-in kinds that the laptop's API server reads (src/local/apiserver/schema/builtin-table.ts):
 * which fields a kind has, of what type, with which protobuf number and which keys its lists merge by. Those are facts
 * of the Kubernetes API, read from the struct tags and markers of its Go types; no text of theirs is taken over.
 *
 *   node scripts/generate-builtin-table.ts API_DIR APIMACHINERY_DIR APIEXTENSIONS_DIR
 *
 * where the three are unpacked Go modules k8s.io/api, k8s.io/apimachinery and k8s.io/apiextensions-apiserver, as
 * `go mod download -json k8s.io/api@v0.36.3` prints them under "Dir".
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [api, machinery, extensions] = process.argv.slice(2);
if (!api || !machinery || !extensions) throw new Error('three folders are wanted, see the head of this file');

/** Package alias as Go files spell it → file with its types. */
const packages: Record<string, string> = {
  core: join(api, 'core/v1/types.go'),
  batch: join(api, 'batch/v1/types.go'),
  coordination: join(api, 'coordination/v1/types.go'),
  events: join(api, 'events/v1/types.go'),
  authorization: join(api, 'authorization/v1/types.go'),
  authentication: join(api, 'authentication/v1/types.go'),
  policy: join(api, 'policy/v1/types.go'),
  meta: join(machinery, 'pkg/apis/meta/v1/types.go'),
  apiextensions: join(extensions, 'pkg/apis/apiextensions/v1/types.go'),
};

const roots = [
  'core.Namespace',
  'core.Node',
  'core.Pod',
  'core.Event',
  'core.Secret',
  'core.ConfigMap',
  'core.ServiceAccount',
  'core.Binding',
  'batch.Job',
  'coordination.Lease',
  'events.Event',
  'authorization.SelfSubjectAccessReview',
  'authorization.SelfSubjectRulesReview',
  'authentication.SelfSubjectReview',
  'authentication.TokenRequest',
  'policy.Eviction',
  'meta.DeleteOptions',
  'apiextensions.CustomResourceDefinition',
];

const aliases: Record<string, string> = { v1: 'core', metav1: 'meta', corev1: 'core' };

/** Types with a wire form of their own. */
const special: Record<string, string> = {
  'resource.Quantity': 'quantity',
  'intstr.IntOrString': 'intstr',
  'meta.Time': 'time',
  'meta.MicroTime': 'microtime',
  'meta.Duration': 'duration',
  'meta.FieldsV1': 'fields',
  'runtime.RawExtension': 'raw',
  'apiextensions.JSONSchemaProps': 'raw',
  'apiextensions.JSON': 'raw',
  string: 'string',
  bool: 'bool',
  int: 'int32',
  int32: 'int32',
  int64: 'int64',
  float64: 'double',
  '[]byte': 'bytes',
};

interface Struct {
  atomic: boolean;
  lines: string[];
}

const structs = new Map<string, Struct>();
const renamed = new Map<string, string>();

for (const [name, file] of Object.entries(packages)) {
  let comment: string[] = [];
  let open: Struct | undefined;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const struct = /^type (\w+) struct ?\{(\})?/.exec(line);
    const other = /^type (\w+) =? ?([\w.[\]]+)$/.exec(line);
    if (struct) {
      open = { atomic: comment.some((text) => text.includes('+structType=atomic')), lines: [] };
      structs.set(`${name}.${struct[1]}`, open);
      if (struct[2]) open = undefined;
    } else if (line.startsWith('}')) open = undefined;
    else if (open) open.lines.push(line);
    else if (other?.[1] && other[2]) renamed.set(`${name}.${other[1]}`, other[2]);
    const map = /^type (\w+) (map\[.*)$/.exec(line);
    if (map?.[1] && map[2]) renamed.set(`${name}.${map[1]}`, map[2]);
    comment = line.startsWith('//') ? [...comment, line] : [];
  }
}

const wanted: string[] = [];
const seen = new Set<string>();

/** A Go type as the table spells it; types it names are queued. */
function typeOf(go: string, home: string): string {
  const plain = go.replace(/^\*/, '');
  const direct = special[plain];
  if (direct) return direct;
  if (plain.startsWith('[]')) return `[]${typeOf(plain.slice(2), home)}`;
  const map = /^map\[[\w.]+\](.+)$/.exec(plain);
  if (map?.[1]) return `{}${typeOf(map[1], home)}`;
  const [pkg, bare] = plain.includes('.') ? plain.split('.') : [undefined, plain];
  const full = `${pkg ? (aliases[pkg] ?? pkg) : home}.${bare}`;
  if (special[full]) return special[full];
  if (full === 'types.UID' || full === 'types.NodeName') return 'string';
  const target = renamed.get(full);
  if (target) return typeOf(target, full.split('.')[0] ?? home);
  if (!structs.has(full)) throw new Error(`${full} is not known (${go} in ${home})`);
  if (!seen.has(full)) {
    seen.add(full);
    wanted.push(full);
  }
  return full;
}

function fieldOf(line: string, markers: string[], home: string): string | undefined {
  const match = /^\t(?:(\w+)\s+)?([*\w.[\]]+)\s+`(.*)`/.exec(line);
  if (!match?.[2] || !match[3]) return undefined;
  const tag = (name: string): string | undefined => new RegExp(`${name}:"([^"]*)"`).exec(match[3] ?? '')?.[1];
  const json = tag('json');
  if (json === undefined || json === '-') return undefined;
  const inline = json.includes('inline') || json.startsWith(',');
  const number = tag('protobuf')?.split(',')[1];
  if (inline && match[2].endsWith('TypeMeta')) return undefined;
  const name = inline ? '*' : json.split(',')[0];
  const optional = inline || json.includes('omitempty') || markers.some((text) => text.includes('+optional'));
  const marked = (key: string): string[] =>
    markers.flatMap((text) => new RegExp(`\\+${key}=(\\S+)`).exec(text)?.[1] ?? []);
  // A pointer tells zero from absent; anything else is left out of JSON when it is zero.
  const flags: string[] =
    match[2].startsWith('*') && !special[match[2].slice(1)]?.includes('time') ? ['ptr'] : [];
  const listType = marked('listType')[0];
  if (listType) flags.push(listType === 'map' ? `map(${marked('listMapKey').join('|')})` : listType);
  if (marked('mapType')[0] === 'atomic' || marked('structType')[0] === 'atomic') flags.push('atomic');
  const strategy = tag('patchStrategy');
  if (strategy) flags.push(...strategy.split(',').map((word) => (word === 'merge' ? 'merge' : word)));
  const mergeKey = tag('patchMergeKey');
  if (mergeKey) flags.push(`by(${mergeKey})`);
  return [`${name}${optional ? '' : '!'}`, number ?? '', typeOf(match[2], home), ...new Set(flags)].join(':');
}

for (const root of roots) typeOf(root.split('.')[1] ?? '', root.split('.')[0] ?? '');
const rows: string[] = [];
for (let name = wanted.shift(); name; name = wanted.shift()) {
  const struct = structs.get(name);
  if (!struct) continue;
  const home = name.split('.')[0] ?? '';
  let markers: string[] = [];
  const fields: string[] = [];
  for (const line of struct.lines) {
    if (line.startsWith('\t//')) {
      markers.push(line);
      continue;
    }
    const field = fieldOf(line, markers, home);
    if (field) fields.push(field);
    markers = [];
  }
  rows.push(`${name}${struct.atomic ? ':atomic' : ''} ${fields.join(' ')}`);
}

const head = `/**
 * Generated by scripts/generate-builtin-table.ts; do not edit. The fields of the built-in kinds, one type a line:
 * \`name:number:type:flags\`, \`!\` for required, \`*\` for a struct whose fields stand inline in JSON.
 */
export const builtinTable = \`
`;
writeFileSync(
  new URL('../src/local/apiserver/schema/builtin-table.ts', import.meta.url),
  `${head}${rows.toSorted().join('\n')}\n\`;\n`,
);
