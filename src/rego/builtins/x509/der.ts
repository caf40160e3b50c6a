// DER: the encoding of ASN.1 that certificates are in.
import { BuiltinError } from '../context.ts';

export interface Node {
  /** The identifier byte: class, form and tag number. */
  readonly tag: number;
  readonly content: Uint8Array;
  /** With its header. */
  readonly raw: Uint8Array;
}

export const TAG = {
  boolean: 1,
  integer: 2,
  bits: 3,
  octets: 4,
  oid: 6,
  utf8: 12,
  sequence: 0x30,
  set: 0x31,
  utcTime: 23,
  time: 24,
};

export function malformed(what = 'malformed certificate'): never {
  throw new BuiltinError(`x509: ${what}`);
}

/** The first element of some bytes, and what follows it. */
export function readNode(bytes: Uint8Array): { node: Node; rest: Uint8Array } {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined || (tag & 31) === 31) return malformed();
  let length = first;
  let header = 2;
  if (first >= 128) {
    const size = first - 128;
    if (size === 0 || size > 4 || bytes.length < 2 + size) return malformed();
    length = bytes.subarray(2, 2 + size).reduce((value, byte) => value * 256 + byte, 0);
    header += size;
  }
  const end = header + length;
  if (end > bytes.length) return malformed();
  return {
    node: { tag, content: bytes.subarray(header, end), raw: bytes.subarray(0, end) },
    rest: bytes.subarray(end),
  };
}

/** All elements that stand one after another. */
export function readAll(bytes: Uint8Array): Node[] {
  const nodes: Node[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const read = readNode(rest);
    nodes.push(read.node);
    ({ rest } = read);
  }
  return nodes;
}

export function children(node: Node | undefined): Node[] {
  return node === undefined ? [] : readAll(node.content);
}

export function integer(node: Node | undefined): bigint {
  if (node === undefined || node.content.length === 0) return malformed();
  const value = unsigned(node.content);
  return (node.content[0] ?? 0) < 128 ? value : value - (1n << BigInt(8 * node.content.length));
}

export function unsigned(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = value * 256n + BigInt(byte);
  return value;
}

export function oid(node: Node | undefined): number[] {
  if (node === undefined) return malformed();
  const parts: number[] = [];
  let value = 0;
  for (const byte of node.content) {
    value = value * 128 + (byte & 127);
    if (byte >= 128) continue;
    if (parts.length === 0)
      parts.push(Math.min(Math.floor(value / 40), 2), value - 40 * Math.min(Math.floor(value / 40), 2));
    else parts.push(value);
    value = 0;
  }
  return parts;
}

/** The bytes of a bit string that ends on a byte. */
export function bitBytes(node: Node | undefined): Uint8Array {
  return node === undefined ? malformed() : node.content.subarray(1);
}

/** Seconds since the epoch. */
export function time(node: Node | undefined): number {
  if (node === undefined) return malformed();
  const text = String.fromCharCode(...node.content);
  const full = node.tag === TAG.utcTime ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/.exec(full);
  if (match === null) return malformed('malformed time');
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => Number(part ?? '0'));
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
