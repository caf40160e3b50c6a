// Certificates and requests in the shape of Go's x509.Certificate as JSON.
import { base64Encode } from '../bytes.ts';
import { fromBigInt } from '../../number.ts';
import { RegoObject } from '../../value.ts';
import {
  bitBytes,
  children,
  integer,
  malformed,
  oid,
  readAll,
  readNode,
  time,
  unsigned,
  type Node,
} from './der.ts';
import { extensionsValue, readExtensions, readKnown } from './extensions.ts';
import { readName } from './names.ts';
import type { Value } from '../../types.ts';

export interface Certificate {
  readonly raw: Uint8Array;
  readonly value: RegoObject;
  /** Seconds since the epoch. */
  readonly from: number;
  readonly until: number;
}

/** Go's numbers of signature algorithms. */
const SIGNATURES: Readonly<Record<string, number>> = {
  '1.2.840.113549.1.1.4': 2,
  '1.2.840.113549.1.1.5': 3,
  '1.2.840.113549.1.1.11': 4,
  '1.2.840.113549.1.1.12': 5,
  '1.2.840.113549.1.1.13': 6,
  '1.2.840.10045.4.1': 9,
  '1.2.840.10045.4.3.2': 10,
  '1.2.840.10045.4.3.3': 11,
  '1.2.840.10045.4.3.4': 12,
  '1.3.101.112': 16,
};
const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';
const ED25519 = '1.3.101.112';

const NULLS =
  `AuthorityKeyId CRLDistributionPoints DNSNames EmailAddresses ExcludedDNSDomains ExcludedEmailAddresses ExcludedIPRanges
  ExcludedURIDomains ExtKeyUsage ExtraExtensions IPAddresses IssuingCertificateURL OCSPServer PermittedDNSDomains
  PermittedEmailAddresses PermittedIPRanges PermittedURIDomains Policies PolicyIdentifiers PolicyMappings SubjectKeyId URIStrings
  URIs UnhandledCriticalExtensions UnknownExtKeyUsage`.split(/\s+/);
const ZEROS = ['InhibitAnyPolicy', 'InhibitPolicyMapping', 'RequireExplicitPolicy', 'KeyUsage', 'MaxPathLen'];
const FALSES =
  `InhibitAnyPolicyZero InhibitPolicyMappingZero RequireExplicitPolicyZero BasicConstraintsValid IsCA MaxPathLenZero
  PermittedDNSDomainsCritical`.split(/\s+/);

function base64(bytes: Uint8Array): string {
  return base64Encode(bytes, 'standard');
}

/** Throws BuiltinError when the bytes are no certificate. */
export function parseCertificate(raw: Uint8Array): Certificate {
  const [body, algorithm, signature] = children(readNode(raw).node);
  const parts = children(body);
  const versioned = parts[0]?.tag === 0xa0;
  const version = versioned ? Number(integer(children(parts[0])[0])) + 1 : 1;
  const [serial, , issuer, validity, subject, key, ...more] = versioned ? parts.slice(1) : parts;
  if (body === undefined || key === undefined || issuer === undefined || subject === undefined)
    return malformed();
  const [from, until] = children(validity).map(time);
  const extensions = readExtensions(children(more.find((part) => part.tag === 0xa3))[0]);
  const value = new RegoObject();
  for (const name of NULLS) value.set(name, null);
  for (const name of ZEROS) value.set(name, 0);
  for (const name of FALSES) value.set(name, false);
  for (const [name, item] of readKnown(extensions)) value.set(name, item);
  setSigned(value, raw, algorithm, signature, key);
  value.set('RawTBSCertificate', base64(body.raw));
  value.set('RawIssuer', base64(issuer.raw));
  value.set('RawSubject', base64(subject.raw));
  value.set('Issuer', readName(issuer));
  value.set('Subject', readName(subject));
  value.set('SerialNumber', fromBigInt(integer(serial)));
  value.set('Version', version);
  value.set('NotBefore', stamp(from ?? 0));
  value.set('NotAfter', stamp(until ?? 0));
  value.set('Extensions', extensionsValue(extensions));
  return { raw, value, from: from ?? 0, until: until ?? 0 };
}

function stamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function setSigned(
  value: RegoObject,
  raw: Uint8Array,
  algorithm: Node | undefined,
  signature: Node | undefined,
  key: Node,
): void {
  const [keyAlgorithm] = children(key);
  const keyId = oid(children(keyAlgorithm)[0]).join('.');
  value.set('Raw', base64(raw));
  value.set('RawSubjectPublicKeyInfo', base64(key.raw));
  value.set('Signature', base64(bitBytes(signature)));
  value.set('SignatureAlgorithm', SIGNATURES[oid(children(algorithm)[0]).join('.')] ?? 0);
  value.set('PublicKeyAlgorithm', keyId === RSA ? 1 : keyId === EC ? 3 : keyId === ED25519 ? 4 : 0);
  value.set('PublicKey', publicKey(keyId, bitBytes(children(key)[1])));
}

function publicKey(id: string, bytes: Uint8Array): Value {
  if (id === RSA) {
    const [modulus, exponent] = children(readNode(bytes).node);
    return RegoObject.from([
      ['N', fromBigInt(integer(modulus))],
      ['E', fromBigInt(integer(exponent))],
    ]);
  }
  if (id === ED25519) return base64(bytes);
  if (id !== EC) return null;
  const half = (bytes.length - 1) / 2;
  return RegoObject.from([
    ['Curve', new RegoObject()],
    ['X', fromBigInt(unsigned(bytes.subarray(1, 1 + half)))],
    ['Y', fromBigInt(unsigned(bytes.subarray(1 + half)))],
  ]);
}

/** A certificate request, as Go's x509.CertificateRequest. */
export function parseRequest(raw: Uint8Array): Value {
  const [body, algorithm, signature] = children(readNode(raw).node);
  const [version, subject, key, attributes] = children(body);
  if (body === undefined || subject === undefined || key === undefined)
    return malformed('malformed certificate request');
  const wanted = children(attributes).find(
    (item) => oid(children(item)[0]).join('.') === '1.2.840.113549.1.9.14',
  );
  const extensions = readExtensions(children(children(wanted)[1])[0]);
  const value = new RegoObject();
  for (const name of ['Attributes', 'DNSNames', 'EmailAddresses', 'ExtraExtensions', 'IPAddresses', 'URIs'])
    value.set(name, null);
  const known = readKnown(extensions);
  for (const name of ['DNSNames', 'EmailAddresses', 'IPAddresses', 'URIs'])
    value.set(name, known.get(name) ?? null);
  setSigned(value, raw, algorithm, signature, key);
  value.set('RawTBSCertificateRequest', base64(body.raw));
  value.set('RawSubject', base64(subject.raw));
  value.set('Subject', readName(subject));
  value.set('Version', fromBigInt(integer(version)));
  value.set('Extensions', extensionsValue(extensions));
  return value;
}

/** Certificates that stand one after another. */
export function parseCertificates(bytes: Uint8Array): Certificate[] {
  return readAll(bytes).map((node) => parseCertificate(node.raw));
}
