// JSON Web Tokens: signed ones (RFC 7515, 7519).
import { fromJson, JsonError, toJson } from '../json.ts';
import { compareNumbers, fromBigInt, isNum, parseNumber, toDouble } from '../number.ts';
import { isArray, RegoObject } from '../value.ts';
import { base64Decode, base64Encode, decodeUtf8, encodeUtf8, hexEncode } from './bytes.ts';
import { BuiltinError, type BuiltinContext, type BuiltinFn } from './context.ts';
import { keysFrom, parseKeySet, type NamedKey } from './jwt-keys.ts';
import { algorithmOf, privateKeyFromJwk, sign, verify } from './node-crypto.ts';
import { fail, objectAt, stringAt } from './operands.ts';
import type { Value } from '../types.ts';

const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const SYMMETRIC = ['HS256', 'HS384', 'HS512'];

export const jwt: Readonly<Record<string, BuiltinFn>> = {
  'io.jwt.decode': (_, token = null) => decode(stringAt(token, 1)),
  'io.jwt.decode_verify': (context, token = null, constraints = null) =>
    decodeVerify(context, stringAt(token, 1), objectAt(constraints, 2)),
  'io.jwt.encode_sign': (_, header = null, payload = null, key = null) =>
    encodeSign(toJson(header), toJson(payload), toJson(key)),
  'io.jwt.encode_sign_raw': (_, header = null, payload = null, key = null) =>
    encodeSign(stringAt(header, 1), stringAt(payload, 2), stringAt(key, 3)),
  ...Object.fromEntries(
    ASYMMETRIC.map((name): [string, BuiltinFn] => [
      `io.jwt.verify_${name.toLowerCase()}`,
      (_, token = null, key = null) => verifyWithKeys(name, stringAt(token, 1), stringAt(key, 2)),
    ]),
  ),
  ...Object.fromEntries(
    SYMMETRIC.map((name): [string, BuiltinFn] => [
      `io.jwt.verify_${name.toLowerCase()}`,
      (_, token = null, secret = null) => {
        const parts = splitToken(stringAt(token, 1));
        return verify(name, encodeUtf8(stringAt(secret, 2)), signedBytes(parts), signatureOf(parts));
      },
    ]),
  ),
};

interface Parts {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

function splitToken(token: string): Parts {
  if (!token.includes('.')) fail('encoded JWT had no period separators');
  const parts = token.split('.');
  const [header = '', payload = '', signature = ''] = parts;
  if (parts.length !== 3) fail(`encoded JWT must have 3 sections, found ${parts.length}`);
  return { header, payload, signature };
}

function section(text: string, what: string): Uint8Array {
  try {
    return base64Decode(text, 'url');
  } catch (error) {
    throw new BuiltinError(
      `JWT ${what} had invalid encoding: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

function signatureOf(parts: Parts): Uint8Array {
  return section(parts.signature, 'signature');
}

function signedBytes(parts: Parts): Uint8Array {
  return encodeUtf8(`${parts.header}.${parts.payload}`);
}

function readObject(text: string): RegoObject {
  let value: Value;
  try {
    value = fromJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw new BuiltinError(`invalid JSON: ${error.message}`);
    throw error;
  }
  return value instanceof RegoObject ? value : fail('decoded JSON type was not an Object');
}

function headerOf(parts: Parts): RegoObject {
  const header = readObject(decodeUtf8(section(parts.header, 'header')));
  if (header.has('enc')) fail('JWT is a JWE object, which is not supported');
  return header;
}

function decode(token: string): Value {
  const parts = splitToken(token);
  const header = headerOf(parts);
  const payload = decodeUtf8(section(parts.payload, 'payload'));
  if (header.get('cty') === 'JWT') return decode(payload.replace(/^["']+|["']+$/g, ''));
  return [header, readObject(payload), hexEncode(signatureOf(parts))];
}

interface Header {
  readonly alg: string;
  readonly kid: string;
  readonly cty: string;
  readonly critical: boolean;
}

function checkedHeader(header: RegoObject): Header {
  const text = (name: string): string => {
    const value = header.get(name);
    if (value !== undefined && typeof value !== 'string') fail(`${name}: must be a string`);
    return typeof value === 'string' ? value : '';
  };
  const critical = header.get('crit');
  if (critical !== undefined && !isArray(critical)) fail('crit: must be a list');
  if (isArray(critical) && !critical.every((item) => typeof item === 'string'))
    fail('crit: must be a list of strings');
  if (isArray(critical) && critical.length === 0) fail('crit: must be a nonempty list');
  text('typ');
  return { alg: text('alg'), kid: text('kid'), cty: text('cty'), critical: critical !== undefined };
}

/** The key the header names, or any that fits. */
function fitsAny(keys: readonly NamedKey[], header: Header, algorithm: string, parts: Parts): boolean {
  const bytes = signedBytes(parts);
  const signature = signatureOf(parts);
  const named = header.kid === '' ? undefined : keys.find((item) => item.kid === header.kid);
  if (named !== undefined) return verify(algorithm, named.key, bytes, signature);
  return keys.some(
    (item) => (item.alg === '' || item.alg === header.alg) && verify(algorithm, item.key, bytes, signature),
  );
}

function verifyWithKeys(algorithm: string, token: string, key: string): boolean {
  const parts = splitToken(token);
  const keys = keysFrom(key);
  signatureOf(parts);
  return fitsAny(keys, checkedHeader(headerOf(parts)), algorithm, parts);
}

interface Constraints {
  readonly keys: readonly NamedKey[] | undefined;
  readonly texts: ReadonlyMap<string, string>;
  /** Nanoseconds. */
  readonly time: number;
}

function readConstraints(context: BuiltinContext, object: RegoObject): Constraints {
  let keys: readonly NamedKey[] | undefined;
  let time = toDouble(fromBigInt(context.now));
  const texts = new Map<string, string>();
  for (const [name, value] of object.entries()) {
    if (name === 'time') {
      if (!isNum(value)) return fail('token time constraint: must be a number');
      time = toDouble(value);
      if (time < 0) fail('token time constraint: must not be negative');
    } else if (name === 'cert' || name === 'secret' || name === 'alg' || name === 'iss' || name === 'aud') {
      if (typeof value !== 'string') return fail(`${name} constraint: must be a string`);
      if (name === 'cert') keys = keysFrom(value);
      else texts.set(name, value);
    } else fail(`unknown token validation constraint: ${typeof name === 'string' ? name : toJson(name)}`);
  }
  const secret = texts.get('secret') ?? '';
  if (keys !== undefined && secret !== '') fail('duplicate key constraints');
  if (keys === undefined && secret === '') fail('no key constraint');
  return { keys, texts, time };
}

function decodeVerify(context: BuiltinContext, token: string, object: RegoObject): Value {
  const unverified: Value = [false, new RegoObject(), new RegoObject()];
  const constraints = readConstraints(context, object);
  let current = token;
  for (;;) {
    const parts = splitToken(current);
    const decoded = headerOf(parts);
    const header = checkedHeader(decoded);
    const wanted = constraints.texts.get('alg') ?? '';
    if (header.alg === '' || header.critical || (wanted !== '' && wanted !== header.alg)) return unverified;
    if (!signatureFits(constraints, header, parts)) return unverified;
    const payload = decodeUtf8(section(parts.payload, 'payload'));
    if (header.cty.toUpperCase() === 'JWT') {
      current = payload;
      continue;
    }
    const claims = readObject(payload);
    return claimsHold(claims, constraints) ? [true, decoded, claims] : unverified;
  }
}

function signatureFits({ keys, texts }: Constraints, header: Header, parts: Parts): boolean {
  if (keys !== undefined) return fitsAny(keys, header, header.alg, parts);
  return verify(header.alg, encodeUtf8(texts.get('secret') ?? ''), signedBytes(parts), signatureOf(parts));
}

function claimsHold(claims: RegoObject, { texts, time }: Constraints): boolean {
  const issuer = texts.get('iss') ?? '';
  if (issuer !== '' && claims.get('iss') !== issuer) return false;
  const audience = texts.get('aud') ?? '';
  const claimed = claims.get('aud');
  if (claimed === undefined ? audience !== '' : !namesAudience(claimed, audience)) return false;
  const now = parseNumber(String(time / 1e9));
  const expires = claims.get('exp');
  if (expires !== undefined && !isNum(expires)) return fail('exp value must be a number');
  if (isNum(expires) && compareNumbers(now, expires) >= 0) return false;
  const begins = claims.get('nbf');
  if (begins !== undefined && !isNum(begins)) return fail('nbf value must be a number');
  return !(isNum(begins) && compareNumbers(now, begins) < 0);
}

function namesAudience(claimed: Value, audience: string): boolean {
  return isArray(claimed) ? claimed.includes(audience) : claimed === audience;
}

function encodeSign(header: string, payload: string, key: string): string {
  const [jwk] = parseKeySet(key);
  if (jwk === undefined) return fail('no keys found in JWK set');
  const parsed = readHeader(header);
  const algorithm = parsed?.get('alg');
  if (typeof algorithm !== 'string')
    return fail('missing or invalid \'alg\' header: jwsbb: header "alg" not found');
  if (algorithmOf(algorithm) === undefined) fail(`unknown JWS algorithm: ${algorithm}`);
  const type = parsed?.get('typ');
  if ((type === undefined || type === 'JWT') && !isJson(payload)) fail('type is JWT but payload is not JSON');
  const input = `${encodeSection(header)}.${encodeSection(payload)}`;
  const signature = sign(algorithm, privateKeyFromJwk(jwk), encodeUtf8(input));
  return `${input}.${base64Encode(signature, 'url').replace(/=+$/, '')}`;
}

function encodeSection(text: string): string {
  return base64Encode(encodeUtf8(text), 'url').replace(/=+$/, '');
}

function readHeader(text: string): RegoObject | undefined {
  if (text === '')
    return fail("missing or invalid 'alg' header: cannot parse JSON: cannot parse empty string");
  try {
    const value = fromJson(text);
    return value instanceof RegoObject ? value : undefined;
  } catch (error) {
    if (!text.trimStart().startsWith('{')) return undefined;
    return fail(
      `missing or invalid 'alg' header: cannot parse JSON: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

function isJson(text: string): boolean {
  try {
    fromJson(text);
    return true;
  } catch {
    return false;
  }
}
