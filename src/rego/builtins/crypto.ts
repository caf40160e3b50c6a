// Hashes and message authentication codes.
import { encodeUtf8, hexEncode } from './bytes.ts';
import { digest, hmac, sameBytes, type Digest } from './node-crypto.ts';
import { stringAt } from './operands.ts';
import type { BuiltinFn } from './context.ts';
import type { Value } from '../types.ts';

function hashed(name: Digest, text: Value): string {
  return hexEncode(digest(name, encodeUtf8(stringAt(text, 1))));
}

function mac(name: Digest, text: Value, key: Value): string {
  return hexEncode(hmac(name, encodeUtf8(stringAt(key, 2)), encodeUtf8(stringAt(text, 1))));
}

export const crypto: Readonly<Record<string, BuiltinFn>> = {
  'crypto.md5': (_, text = null) => hashed('md5', text),
  'crypto.sha1': (_, text = null) => hashed('sha1', text),
  'crypto.sha256': (_, text = null) => hashed('sha256', text),
  'crypto.hmac.md5': (_, text = null, key = null) => mac('md5', text, key),
  'crypto.hmac.sha1': (_, text = null, key = null) => mac('sha1', text, key),
  'crypto.hmac.sha256': (_, text = null, key = null) => mac('sha256', text, key),
  'crypto.hmac.sha512': (_, text = null, key = null) => mac('sha512', text, key),
  'crypto.hmac.equal': (_, a = null, b = null) =>
    sameBytes(encodeUtf8(stringAt(a, 1)), encodeUtf8(stringAt(b, 2))),
};
