/** Records that speak of one vulnerability under several names are one finding. */
import type { Advisory } from '../db/types.ts';

/**
 * The names that make two records one: the record's own, its aliases, and what it was made from when that is one
 * advisory. A bulletin made from several fixes several vulnerabilities and is none of them.
 */
function identities(advisory: Advisory): readonly string[] {
  const from = advisory.upstream.length === 1 ? advisory.upstream : [];
  return [advisory.id, ...advisory.aliases, ...from];
}

/** Each group in the order of its first record; linear in the number of names. */
export function groupByAlias<T extends { readonly advisory: Advisory }>(matches: readonly T[]): T[][] {
  const parents = matches.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parents[root] !== root) root = parents[root] ?? root;
    parents[index] = root;
    return root;
  };
  const owners = new Map<string, number>();
  for (const [index, { advisory }] of matches.entries()) {
    for (const name of identities(advisory)) {
      const owner = owners.get(name);
      if (owner === undefined) owners.set(name, index);
      else {
        const [a, b] = [rootOf(owner), rootOf(index)];
        parents[Math.max(a, b)] = Math.min(a, b);
      }
    }
  }
  const groups = new Map<number, T[]>();
  for (const [index, match] of matches.entries()) {
    const root = rootOf(index);
    const group = groups.get(root);
    if (group) group.push(match);
    else groups.set(root, [match]);
  }
  return [...groups.values()];
}

/** What people call the vulnerability: its CVE, else its GHSA, else the record's own id. The other names are aliases. */
export function namesOf(advisories: readonly Advisory[]): { id: string; aliases: string[] } {
  const all = [...new Set(advisories.flatMap(identities))];
  const cves = all.filter((name) => /^CVE-\d{4}-\d+$/.test(name)).sort(compareCves);
  const id = cves[0] ?? all.filter((name) => name.startsWith('GHSA-')).sort()[0] ?? advisories[0]?.id ?? '';
  return { id, aliases: all.filter((name) => name !== id).sort() };
}

function compareCves(a: string, b: string): number {
  const [, yearA = '', numberA = ''] = a.split('-');
  const [, yearB = '', numberB = ''] = b.split('-');
  return Number(yearA) - Number(yearB) || Number(numberA) - Number(numberB);
}
