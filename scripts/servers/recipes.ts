import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { catalog, type ServerName } from './catalog.ts';

/** What a recipe works with: two empty folders and a way to run `go` in the first of them. */
export type Workshop = {
  /** Folder for the wrapper module; thrown away after the build. */
  module: string;
  /** Folder that becomes the finished build. */
  out: string;
  /** Runs `go` in `module`; resolves with its stdout, rejects when it exits non-zero. */
  go: (...args: string[]) => Promise<string>;
};

type Recipe = (workshop: Workshop) => Promise<void>;

/** How each entry of the catalogue is built. */
export const recipes: Record<ServerName, Recipe> = {
  opa: (workshop) => buildTool(workshop, 'github.com/open-policy-agent/opa', catalog.opa.version),
  'opa-cases': printOpaCases,
  kubernetes: buildKubernetes,
  etcd: (workshop) => buildTool(workshop, 'go.etcd.io/etcd/server/v3', catalog.etcd.version, 'etcd'),
  'osv-scanner': (workshop) =>
    buildTool(workshop, 'github.com/google/osv-scanner/v2/cmd/osv-scanner', catalog['osv-scanner'].version),
};

const buildFlags = ['-trimpath'];
const strip = '-s -w';

/** A main package of a module whose own `replace` lines, if any, are not needed. */
async function buildTool(
  { module, out, go }: Workshop,
  pkg: string,
  version: string,
  binary = path.posix.basename(pkg),
): Promise<void> {
  await writeFile(path.join(module, 'go.mod'), goMod(binary));
  await go('get', '-tool', `${pkg}@v${version}`);
  await go('build', ...buildFlags, '-ldflags', strip, '-o', path.join(out, binary), pkg);
}

/**
 * Kubernetes replaces its own libraries by folders of its repository, and `replace` lines of a
 * dependency do not count. The wrapper module repeats them with the versions under which the same
 * folders are published: kubernetes 1.X.Y goes with 0.X.Y of each.
 */
async function buildKubernetes({ module, out, go }: Workshop): Promise<void> {
  const version = `v${catalog.kubernetes.version}`;
  const staging = version.replace(/^v1\./, 'v0.');
  await writeFile(path.join(module, 'go.mod'), goMod('kubernetes'));

  const download = await go('mod', 'download', '-json', `k8s.io/kubernetes@${version}`);
  const upstream = await readFile(goModPath(download), 'utf8');
  const replaced = [...upstream.matchAll(/^\s*(\S+) => \.\/staging\/\S+$/gm)].map((line) => line[1]);
  const lines = [
    goMod('kubernetes', /^go (\S+)$/m.exec(upstream)?.[1]),
    `require k8s.io/kubernetes ${version}`,
    'replace (',
    ...replaced.map((name) => `\t${name} => ${name} ${staging}`),
    ')',
    '',
  ];
  await writeFile(path.join(module, 'go.mod'), lines.join('\n'));

  const commands = catalog.kubernetes.files.map((file) => `k8s.io/kubernetes/cmd/${file}`);
  const flags = `${strip} ${kubernetesVersionFlags(version)}`;
  await go('build', ...buildFlags, '-ldflags', flags, '-o', `${out}${path.sep}`, ...commands);
}

/** Without these the server says v0.0.0 and kubectl warns of version skew. */
function kubernetesVersionFlags(version: string): string {
  const [major, minor] = version.slice(1).split('.');
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  return Object.entries(values)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

/** Runs our small Go program over the cases that OPA's module carries, once a Rego version. */
async function printOpaCases({ module, out, go }: Workshop): Promise<void> {
  const opa = 'github.com/open-policy-agent/opa';
  await writeFile(path.join(module, 'go.mod'), goMod('opa-cases'));
  await copyFile(path.join(import.meta.dirname, 'opa-cases', 'main.go'), path.join(module, 'main.go'));
  await go('get', `${opa}@v${catalog['opa-cases'].version}`);
  const folder = (await go('list', '-m', '-f', '{{.Dir}}', opa)).trim();
  for (const version of ['0', '1']) {
    const file = path.join(out, `v${version}.json`);
    await go('run', '.', '--rego-version', version, '--opa', folder, '--output', file);
  }
}

function goMod(name: string, goVersion = '1.26'): string {
  return `module scan-link.invalid/tools/${name}\n\ngo ${goVersion}\n\n`;
}

/** The path of the go.mod that `go mod download -json` brought. */
function goModPath(json: string): string {
  const value: unknown = JSON.parse(json);
  if (typeof value === 'object' && value !== null && 'GoMod' in value) return String(value.GoMod);
  throw new Error('go mod download named no go.mod');
}
