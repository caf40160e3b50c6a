/** Makes X.509 certificates (RFC 5280) with ECDSA P-256 keys, for loopback only. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto';
import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { bits, boolean, explicit, implicit, integer, octets, oid, sequence, set, time, utf8 } from './der.ts';
import type { KeyPair } from './types.ts';

const hour = 60 * 60 * 1000;

export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

export interface LeafOptions {
  readonly subject: Subject;
  readonly use: 'server' | 'client';
  readonly now: number;
  readonly days: number;
}

const oids = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};

const algorithm = sequence(oid(oids.ecdsaWithSha256));

const attribute = (type: string, value: string): Buffer => set(sequence(oid(type), utf8(value)));

function nameOf(subject: Subject): Buffer {
  const organizations = subject.organizations ?? [];
  return sequence(
    ...organizations.map((name) => attribute(oids.organization, name)),
    attribute(oids.commonName, subject.commonName),
  );
}

function extension(type: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(type), ...(critical ? [boolean(true)] : []), octets(value));
}

/** RFC 5280 §4.2.1.2, method 1 over the whole key info, which serves as well. */
function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

interface Body {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly from: number;
  readonly to: number;
  readonly extensions: readonly Buffer[];
}

function certificate(body: Body): string {
  const serial = randomBytes(16);
  // The first bit clear keeps the number positive, the second set keeps it as long as it is.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    body.issuer,
    sequence(time(body.from), time(body.to)),
    body.subject,
    body.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...body.extensions)),
  );
  const der = sequence(toBeSigned, algorithm, bits(sign('sha256', toBeSigned, body.signer)));
  const lines = der.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject; pem: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { publicKey, privateKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}

/** A self-signed authority, valid from an hour ago for `days`. */
export function makeAuthority(commonName: string, now: number, days: number): KeyPair {
  const keys = newKeys();
  const name = nameOf({ commonName });
  const cert = certificate({
    subject: name,
    issuer: name,
    publicKey: keys.publicKey,
    signer: keys.privateKey,
    from: now - hour,
    to: now + days * 24 * hour,
    extensions: [
      extension(oids.basicConstraints, true, sequence(boolean(true))),
      // digitalSignature and keyCertSign
      extension(oids.keyUsage, true, bits(Buffer.from([0x84]), 2)),
      extension(oids.subjectKeyId, false, octets(keyId(keys.publicKey))),
    ],
  });
  return { cert, key: keys.pem };
}

const alternativeNames = sequence(
  implicit(7, Buffer.from([127, 0, 0, 1])),
  implicit(7, Buffer.from([...Array<number>(15).fill(0), 1])),
  ...['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'].map((name) =>
    implicit(2, Buffer.from(name, 'latin1')),
  ),
);

/** A certificate for a server on loopback, or for a client, signed by `authority`, whose common name is `issuer`. */
export function makeLeaf(authority: KeyPair, issuer: string, options: LeafOptions): KeyPair {
  const keys = newKeys();
  const server = options.use === 'server';
  const signer = createPrivateKey(authority.key);
  const cert = certificate({
    subject: nameOf(options.subject),
    issuer: nameOf({ commonName: issuer }),
    publicKey: keys.publicKey,
    signer,
    from: options.now - hour,
    to: options.now + options.days * 24 * hour,
    extensions: [
      extension(oids.basicConstraints, true, sequence()),
      extension(oids.keyUsage, true, bits(Buffer.from([0x80]), 7)),
      extension(oids.extendedKeyUsage, false, sequence(oid(server ? oids.serverAuth : oids.clientAuth))),
      extension(oids.authorityKeyId, false, sequence(implicit(0, keyId(createPublicKey(signer))))),
      ...(server ? [extension(oids.subjectAltName, false, alternativeNames)] : []),
    ],
  });
  return { cert, key: keys.pem };
}

/** Whether `leaf` was signed by `ca` and stays valid for `ms` more. */
export function isUsable(leaf: string, ca: string, now: number, ms: number): boolean {
  try {
    const cert = new X509Certificate(leaf);
    return cert.verify(new X509Certificate(ca).publicKey) && cert.validToDate.getTime() - now > ms;
  } catch {
    return false;
  }
}
