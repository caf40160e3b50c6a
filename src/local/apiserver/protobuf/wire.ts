/** The protobuf wire format, read-only (protobuf.dev, "Encoding"). */
import { badRequest } from '../api-error.ts';

export type WireValue = bigint | Uint8Array;

const broken = (): Error => badRequest('the protobuf body is damaged');

function varint(bytes: Uint8Array, at: number): [bigint, number] {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[at++];
    if (byte === undefined) throw broken();
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [BigInt.asUintN(64, value), at];
  }
  throw broken();
}

/** Every field of a message, in order: its number and its value (numbers as bigint, the rest as bytes). */
export function* wireEntries(bytes: Uint8Array): Generator<[number, WireValue]> {
  let at = 0;
  while (at < bytes.length) {
    let tag: bigint;
    [tag, at] = varint(bytes, at);
    const number = Number(tag >> 3n);
    switch (Number(tag & 7n)) {
      case 0: {
        let value: bigint;
        [value, at] = varint(bytes, at);
        yield [number, value];
        break;
      }
      case 1:
        yield [number, slice(bytes, at, 8)];
        at += 8;
        break;
      case 2: {
        let length: bigint;
        [length, at] = varint(bytes, at);
        if (length > BigInt(bytes.length)) throw broken();
        yield [number, slice(bytes, at, Number(length))];
        at += Number(length);
        break;
      }
      case 5:
        yield [number, slice(bytes, at, 4)];
        at += 4;
        break;
      default:
        throw broken();
    }
  }
}

function slice(bytes: Uint8Array, at: number, length: number): Uint8Array {
  if (at + length > bytes.length) throw broken();
  return bytes.subarray(at, at + length);
}
