// Everything the builtins need of node:crypto, and the only file here that imports from Node: a browser bundle
// puts another in its place.
import {
  constants,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  sign as nodeSign,
  timingSafeEqual,
  verify as nodeVerify,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { BuiltinError } from './context.ts';

export type Digest = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512';
/** A public key, or the bytes of a shared secret. */
export type VerifyKey = KeyObject | Uint8Array;

export function digest(name: Digest, bytes: Uint8Array): Uint8Array {
  return createHash(name).update(bytes).digest();
}

export function hmac(name: Digest, key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return createHmac(name, key).update(bytes).digest();
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

export function publicKeyFromPem(pem: string): KeyObject {
  return createPublicKey(pem);
}

export function publicKeyFromCertificate(pem: string): KeyObject {
  return new X509Certificate(pem).publicKey;
}

export function publicKeyFromJwk(jwk: Readonly<Record<string, unknown>>): VerifyKey {
  if (jwk['kty'] === 'oct') return secretOf(jwk);
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...open } = jwk;
  return createPublicKey({ key: asJwk(open), format: 'jwk' });
}

export function privateKeyFromJwk(jwk: Readonly<Record<string, unknown>>): VerifyKey {
  if (jwk['kty'] === 'oct') return secretOf(jwk);
  return createPrivateKey({ key: asJwk(jwk), format: 'jwk' });
}

function asJwk(jwk: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(jwk).filter(([, value]) => typeof value === 'string'));
}

function secretOf(jwk: Readonly<Record<string, unknown>>): Uint8Array {
  const { k } = jwk;
  if (typeof k !== 'string') throw new BuiltinError('required field k is missing');
  return Buffer.from(k, 'base64url');
}

interface Algorithm {
  readonly family: 'HS' | 'RS' | 'PS' | 'ES' | 'EdDSA';
  readonly hash: Digest;
}

const ALGORITHM = /^(HS|RS|PS|ES)(256|384|512)$/;

/** What a JWS algorithm name stands for; undefined for `none` and others. */
export function algorithmOf(name: string): Algorithm | undefined {
  if (name === 'EdDSA') return { family: 'EdDSA', hash: 'sha512' };
  const match = ALGORITHM.exec(name);
  if (match === null) return undefined;
  const hash: Digest = match[2] === '256' ? 'sha256' : match[2] === '384' ? 'sha384' : 'sha512';
  const family = match[1] === 'HS' || match[1] === 'RS' || match[1] === 'PS' ? match[1] : 'ES';
  return { family, hash };
}

const CURVES: Readonly<Record<string, number>> = { prime256v1: 64, secp384r1: 96, secp521r1: 132 };

/** Whether a signature fits; false for keys that do not suit the algorithm. */
export function verify(name: string, key: VerifyKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  const algorithm = algorithmOf(name);
  if (algorithm === undefined) return false;
  if (algorithm.family === 'HS') {
    return key instanceof Uint8Array && sameBytes(hmac(algorithm.hash, key, bytes), signature);
  }
  if (key instanceof Uint8Array) return false;
  return verifyAsymmetric(algorithm, key, bytes, signature);
}

function verifyAsymmetric(
  { family, hash }: Algorithm,
  key: KeyObject,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  const type = key.asymmetricKeyType;
  if (family === 'EdDSA') return type === 'ed25519' && nodeVerify(null, bytes, key, signature);
  if (family === 'ES') {
    const size = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
    return (
      type === 'ec' &&
      size === signature.length &&
      nodeVerify(hash, bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
    );
  }
  if (type !== 'rsa') return false;
  const padding = family === 'PS' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  return nodeVerify(
    hash,
    bytes,
    { key, padding, ...(family === 'PS' && { saltLength: constants.RSA_PSS_SALTLEN_AUTO }) },
    signature,
  );
}

export function sign(name: string, key: VerifyKey, bytes: Uint8Array): Uint8Array {
  const algorithm = algorithmOf(name);
  if (algorithm === undefined) throw new BuiltinError(`unknown JWS algorithm: ${name}`);
  const { family, hash } = algorithm;
  if (key instanceof Uint8Array) {
    if (family !== 'HS') throw new BuiltinError(`invalid key for ${name}`);
    return hmac(hash, key, bytes);
  }
  if (family === 'HS') throw new BuiltinError(`invalid key for ${name}`);
  if (family === 'EdDSA') return nodeSign(null, bytes, key);
  if (family === 'ES') return nodeSign(hash, bytes, { key, dsaEncoding: 'ieee-p1363' });
  const padding = family === 'PS' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  return nodeSign(hash, bytes, {
    key,
    padding,
    ...(family === 'PS' && { saltLength: constants.RSA_PSS_SALTLEN_DIGEST }),
  });
}

/** The JWK of a private key in PEM. */
export function jwkFromPrivatePem(pem: string): Readonly<Record<string, unknown>> {
  return { ...createPrivateKey(pem).export({ format: 'jwk' }) };
}

/** Whether a certificate (DER) was signed by another's key. */
export function isIssuedBy(certificate: Uint8Array, issuer: Uint8Array): boolean {
  const [child, parent] = [new X509Certificate(certificate), new X509Certificate(issuer)];
  return child.checkIssued(parent) && child.verify(parent.publicKey);
}

/** Whether a certificate and a private key (PEM) belong together. */
export function keyFits(certificate: Uint8Array, privatePem: string): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privatePem));
}
