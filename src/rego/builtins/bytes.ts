// Bytes and texts, with Go's rules and messages.
import { BuiltinError } from './context.ts';

/** A text may stand for bytes that are no UTF-8: those become U+FFFD, one a byte, when it is read as characters. */
export function encodeUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes as text; each byte that is not part of a character becomes U+FFFD, as in Go. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeLoosely(bytes);
  }
}

function decodeLoosely(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const size = sequenceLength(bytes[at] ?? 0);
    const part = size === 0 ? undefined : tryDecode(bytes.subarray(at, at + size), size);
    text += part ?? '\ufffd';
    at += part === undefined ? 1 : size;
  }
  return text;
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

function tryDecode(bytes: Uint8Array, size: number): string | undefined {
  if (bytes.length < size) return undefined;
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

export type Alphabet = 'standard' | 'url';
const LETTERS: Readonly<Record<Alphabet, string>> = {
  standard: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
};

export function base64Encode(bytes: Uint8Array, alphabet: Alphabet): string {
  const letters = LETTERS[alphabet];
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    const all = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += (letters[all >> 18] ?? '') + (letters[(all >> 12) & 63] ?? '');
    text += b === undefined ? '=' : (letters[(all >> 6) & 63] ?? '');
    text += c === undefined ? '=' : (letters[all & 63] ?? '');
  }
  return text;
}

/** Throws BuiltinError naming the first byte that does not fit. Padding of the URL alphabet may be left out. */
export function base64Decode(text: string, alphabet: Alphabet): Uint8Array {
  const letters = LETTERS[alphabet];
  const clean = text.replaceAll(/[\r\n]/g, '');
  const padded =
    alphabet === 'url' && clean.length % 4 !== 0 && !clean.includes('=')
      ? clean.padEnd(Math.ceil(clean.length / 4) * 4, '=')
      : clean;
  const body = padded.replace(/={1,2}$/, '');
  const bytes: number[] = [];
  let held = 0;
  let count = 0;
  for (let at = 0; at < body.length; at += 1) {
    const value = letters.indexOf(body[at] ?? '');
    if (value < 0) throw new BuiltinError(`illegal base64 data at input byte ${at}`);
    held = (held << 6) | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push((held >> count) & 255);
    }
  }
  if (padded.length % 4 !== 0)
    throw new BuiltinError(`illegal base64 data at input byte ${body.length - (body.length % 4)}`);
  return Uint8Array.from(bytes);
}

export function hexEncode(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function hexDecode(text: string): Uint8Array {
  const bad = [...text].find((char) => !/^[0-9a-fA-F]$/.test(char));
  if (bad !== undefined) {
    const point = (bad.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    throw new BuiltinError(`encoding/hex: invalid byte: U+${point} '${bad}'`);
  }
  if (text.length % 2 !== 0) throw new BuiltinError('encoding/hex: odd length hex string');
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
