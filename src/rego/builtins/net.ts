// IP addresses and networks. Nothing is looked up.
import { arrayOrSet, contains, expand, mergeAll, parseAddress, parseNetwork, type Network } from './cidr.ts';
import { RegoObject, RegoSet, isArray } from '../value.ts';
import { BuiltinError, type BuiltinFn } from './context.ts';
import { fail, stringAt, wrongType } from './operands.ts';
import type { Value } from '../types.ts';

export const net: Readonly<Record<string, BuiltinFn>> = {
  'net.cidr_contains': (_, network = null, other = null) =>
    cidrContains(stringAt(network, 1), stringAt(other, 2)),
  'net.cidr_overlap': (_, network = null, other = null) =>
    cidrContains(stringAt(network, 1), stringAt(other, 2)),
  'net.cidr_intersects': (_, a = null, b = null) => {
    const [left, right] = [required(stringAt(a, 1)), required(stringAt(b, 2))];
    return contains(left, right.first) || contains(right, left.first);
  },
  'net.cidr_is_valid': (_, text = null) => typeof text === 'string' && parseNetwork(text) !== undefined,
  'net.cidr_expand': (_, text = null) => RegoSet.from(expand(required(stringAt(text, 1)))),
  'net.cidr_merge': (_, list = null) => RegoSet.from(mergeAll(arrayOrSet(list))),
  'net.cidr_contains_matches': (_, networks = null, others = null) => containsMatches(networks, others),
};

function required(text: string): Network {
  return parseNetwork(text) ?? fail(`invalid CIDR address: ${text}`);
}

function cidrContains(text: string, other: string): boolean {
  const network = required(text);
  const address = parseAddress(other);
  if (address !== undefined) return contains(network, address);
  const inner = required(other);
  return contains(network, inner.first) && contains(network, inner.last);
}

/** Pairs of keys (indexes, object keys, members) whose network holds whose address. */
function containsMatches(networks: Value, others: Value): RegoSet {
  const found = new RegoSet();
  const right = entriesOf(others, 2);
  for (const [keyA, network] of entriesOf(networks, 1)) {
    for (const [keyB, other] of right) if (cidrContains(network, other)) found.add([keyA, keyB]);
  }
  return found;
}

function entriesOf(value: Value, position: number): [Value, string][] {
  if (typeof value === 'string') return [[value, value]];
  if (isArray(value)) return value.map((item, index) => [index, textOf(item, position)]);
  if (value instanceof RegoSet) return value.sorted().map((item) => [item, textOf(item, position)]);
  if (value instanceof RegoObject)
    return [...value.entries()].map(([key, item]) => [key, textOf(item, position)]);
  throw wrongType(position, value, 'string', 'array', 'object', 'set');
}

function textOf(item: Value, position: number): string {
  const text = isArray(item) ? item[0] : item;
  if (typeof text === 'string') return text;
  throw new BuiltinError(`operand ${position}: element must be string or non-empty array`);
}
