/** Who needs a package of a `pnpm-lock.yaml`: the project itself, its runtime, or only its developers. */
import { fieldsOf, textOf } from './checks.ts';
import type { Fields } from './checks.ts';

const runtimeKinds = ['dependencies', 'optionalDependencies'] as const;
const allKinds = [...runtimeKinds, 'devDependencies'] as const;

/** A single project's dependencies stand at the top up to version 6, a workspace's below `importers`. */
function importersOf(lock: Fields): Fields[] {
  const importers = Object.values(fieldsOf(lock['importers'])).map(fieldsOf);
  return importers.length > 0 ? importers : [lock];
}

/** Names with what they resolve to: `1.0.0(peers)`, or another package's whole key for an alias. */
function* dependenciesOf(holder: Fields, kinds: readonly string[]): Generator<[name: string, to: string]> {
  for (const kind of kinds) {
    for (const [name, value] of Object.entries(fieldsOf(holder[kind]))) {
      const to = textOf(value) ?? textOf(fieldsOf(value)['version']);
      if (to !== undefined) yield [name, to];
    }
  }
}

/** Without the peers that tell installed copies apart. */
const withoutPeers = (key: string): string => key.replace(/\(.*$/, '');

/**
 * Under which key a dependency stands: a version or a URL goes with its name, and an alias resolves to the whole key
 * of another package.
 */
function keyOf(name: string, to: string): string {
  if (/^\d/.test(to) || /^[a-z+]+:/i.test(to)) return `${name}@${to}`;
  return to.replace(/^\//, '');
}

/** `name@version` of all that the project and its workspace members name themselves. */
export function directPackages(lock: Fields): Set<string> {
  const direct = new Set<string>();
  for (const importer of importersOf(lock)) {
    for (const [name, to] of dependenciesOf(importer, allKinds)) {
      direct.add(withoutPeers(keyOf(name, to)).replace(/(?<=@\d[^_]*)_.*$/, ''));
    }
  }
  return direct;
}

/** Keys of `packages` that are reached without passing a development dependency (version 9 no longer marks them). */
export function runtimePackages(lock: Fields): Set<string> {
  const snapshots = fieldsOf(lock['snapshots']);
  const reached = new Set<string>();
  const waiting = importersOf(lock).flatMap((importer) => [...dependenciesOf(importer, runtimeKinds)]);
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const key = keyOf(...next);
    if (reached.has(key)) continue;
    reached.add(key);
    waiting.push(...dependenciesOf(fieldsOf(snapshots[key]), runtimeKinds));
  }
  return new Set([...reached].map(withoutPeers));
}
