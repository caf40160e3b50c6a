// Addresses as numbers, networks as ranges of them.
import { isArray, RegoSet } from '../value.ts';
import { fail, wrongElement, wrongType } from './operands.ts';
import type { Value } from '../types.ts';

export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}
export interface Network {
  readonly bits: 32 | 128;
  readonly prefix: number;
  readonly first: Address;
  readonly last: Address;
}

export function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) return parseV4(text);
  return parseV6(text);
}

function parseV4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return { bits: 32, value: parts.reduce((value, part) => value * 256n + BigInt(part), 0n) };
}

function parseV6(text: string): Address | undefined {
  const tail = text.lastIndexOf(':') + 1;
  const v4 = text.slice(tail).includes('.') ? parseV4(text.slice(tail)) : undefined;
  if (text.slice(tail).includes('.') && v4 === undefined) return undefined;
  const hex =
    v4 === undefined
      ? text
      : `${text.slice(0, tail)}${(v4.value >> 16n).toString(16)}:${(v4.value & 0xffffn).toString(16)}`;
  const halves = hex.split('::');
  if (halves.length > 2) return undefined;
  const [left = [], right = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...left, ...Array.from({ length: halves.length === 2 ? missing : 0 }, () => '0'), ...right];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return unmapped(groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n));
}

/** IPv4 inside IPv6 (::ffff:1.2.3.4) is IPv4. */
function unmapped(value: bigint): Address {
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value };
}

export function parseNetwork(text: string): Network | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const address = match?.[1] === undefined ? undefined : parseAddress(match[1]);
  if (match === null || address === undefined || /^0\d/.test(match[2] ?? '')) return undefined;
  const bits = match[1]?.includes(':') === true ? 128 : 32;
  const prefix = Number(match[2]);
  if (prefix > bits) return undefined;
  return network({ ...address, bits }, prefix);
}

export function network(address: Address, prefix: number): Network {
  const { bits } = address;
  const size = 1n << BigInt(bits - prefix);
  const first = address.value - (address.value % size);
  return { bits, prefix, first: { bits, value: first }, last: { bits, value: first + size - 1n } };
}

export function contains(outer: Network, address: Address): boolean {
  return (
    outer.bits === address.bits && address.value >= outer.first.value && address.value <= outer.last.value
  );
}

export function addressText({ bits, value }: Address): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  const text = groups.join(':');
  const runs = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map((match) => match[0]);
  const longest = runs.reduce(
    (best, run) => (run.replace(/^:/, '').length > best.replace(/^:/, '').length ? run : best),
    '',
  );
  return longest === ''
    ? text
    : text
        .replace(longest, longest.startsWith(':') ? ':' : '')
        .replace(/^(?=:[^:])/, ':')
        .replace(/^$|(?<=[^:]):$|^:$/, (end) => `${end}:`.padEnd(2, ':'));
}

/** More addresses than this are refused. */
const MAX_EXPANDED = 1n << 20n;

export function expand({ first, last }: Network): string[] {
  if (last.value - first.value >= MAX_EXPANDED) fail('too many addresses to list');
  const all: string[] = [];
  for (let { value } = first; value <= last.value; value += 1n)
    all.push(addressText({ bits: first.bits, value }));
  return all;
}

export function arrayOrSet(list: Value): string[] {
  const items = isArray(list) ? list : list instanceof RegoSet ? list.sorted() : undefined;
  if (items === undefined) throw wrongType(1, list, 'set', 'array');
  return items.map((item) => {
    if (typeof item !== 'string') throw wrongElement(1, list, item, 'string');
    return item;
  });
}

interface Range {
  readonly bits: 32 | 128;
  from: bigint;
  to: bigint;
}

/** The fewest networks that hold the same addresses. */
export function mergeAll(texts: readonly string[]): string[] {
  const ranges = texts.map(rangeOf).sort((a, b) => a.bits - b.bits || (a.from < b.from ? -1 : 1));
  const merged: Range[] = [];
  for (const range of ranges) {
    const before = merged.at(-1);
    if (before !== undefined && before.bits === range.bits && range.from <= before.to + 1n) {
      if (range.to > before.to) before.to = range.to;
    } else merged.push({ ...range });
  }
  return merged.flatMap(networksOf);
}

function rangeOf(text: string): Range {
  const known = parseNetwork(text);
  if (known !== undefined) return { bits: known.bits, from: known.first.value, to: known.last.value };
  const address = parseAddress(text);
  if (address === undefined) return fail(`invalid CIDR address: ${text}`);
  if (address.bits === 128) return fail('IPv6 invalid: needs prefix length');
  const own = network(address, classPrefix(address.value));
  return { bits: 32, from: own.first.value, to: own.last.value };
}

/** An address alone stands for the network of its class (A, B, C). */
function classPrefix(value: bigint): number {
  const lead = value >> 24n;
  if (lead < 128n) return 8;
  return lead < 192n ? 16 : 24;
}

function networksOf({ bits, from, to }: Range): string[] {
  const texts: string[] = [];
  let at = from;
  while (at <= to) {
    let host = 0;
    while (host < bits && at % (1n << BigInt(host + 1)) === 0n && at + (1n << BigInt(host + 1)) - 1n <= to)
      host += 1;
    texts.push(`${addressText({ bits, value: at })}/${bits - host}`);
    at += 1n << BigInt(host);
  }
  return texts;
}
