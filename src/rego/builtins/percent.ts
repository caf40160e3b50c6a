// Percent-encoding taken back.
import { decodeUtf8, encodeUtf8 } from './bytes.ts';
import { fail } from './operands.ts';

/** `plus`: whether `+` stands for a space, as in queries. Throws BuiltinError. */
export function unescape(text: string, plus = true): string {
  const bytes: number[] = [];
  const source = encodeUtf8(text);
  for (let at = 0; at < source.length; at += 1) {
    const byte = source[at] ?? 0;
    if (byte !== 0x25) {
      bytes.push(plus && byte === 0x2b ? 0x20 : byte);
      continue;
    }
    const digits = decodeUtf8(source.subarray(at, at + 3));
    if (!/^%[0-9a-fA-F]{2}$/.test(digits)) fail(`invalid URL escape ${JSON.stringify(digits)}`);
    bytes.push(Number.parseInt(digits.slice(1), 16));
    at += 2;
  }
  return decodeUtf8(Uint8Array.from(bytes));
}
