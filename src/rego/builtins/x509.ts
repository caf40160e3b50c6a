// Certificates, certificate requests and private keys.
import { base64Decode, base64Encode } from './bytes.ts';
import { BuiltinError, type BuiltinFn } from './context.ts';
import { isIssuedBy, jwkFromPrivatePem, keyFits } from './node-crypto.ts';
import { asInteger, fromBigInt, isNum } from '../number.ts';
import { isArray, RegoObject, RegoSet } from '../value.ts';
import { unsigned } from './x509/der.ts';
import { parseCertificate, parseCertificates, parseRequest, type Certificate } from './x509/certificate.ts';
import { decodeInput, isPem, looseBlocks, pemBlocks } from './x509/pem.ts';
import { fail, objectAt, stringAt } from './operands.ts';
import type { Value } from '../types.ts';

export const x509: Readonly<Record<string, BuiltinFn>> = {
  'crypto.x509.parse_certificates': (_, text = null) =>
    certificates(stringAt(text, 1)).map((item) => item.value),
  'crypto.x509.parse_certificate_request': (_, text = null) => request(stringAt(text, 1)),
  'crypto.x509.parse_and_verify_certificates': (context, text = null) =>
    verified(stringAt(text, 1), { now: seconds(context.now), usages: [1], name: '' }),
  'crypto.x509.parse_and_verify_certificates_with_options': (context, text = null, options = null) =>
    verified(stringAt(text, 1), readOptions(objectAt(options, 2), seconds(context.now))),
  'crypto.x509.parse_keypair': (_, certificate = null, key = null) =>
    keyPair(stringAt(certificate, 1), stringAt(key, 1)),
  'crypto.x509.parse_rsa_private_key': (_, text = null) => privateJwk(stringAt(text, 1)),
  'crypto.parse_private_keys': (_, text = null) => privateKeys(stringAt(text, 1)),
};

function seconds(nanos: bigint): number {
  return Number(nanos / 1_000_000_000n);
}

function certificates(text: string): Certificate[] {
  const input = decodeInput(text);
  if ('bytes' in input) return parseCertificates(input.bytes);
  return input.blocks.map((block) =>
    block.type === 'CERTIFICATE'
      ? parseCertificate(block.bytes)
      : fail('PEM-encoded certificate is malformed'),
  );
}

function request(text: string): Value {
  const input = decodeInput(text);
  const bytes =
    'bytes' in input
      ? input.bytes
      : input.blocks.find((block) => block.type.endsWith('CERTIFICATE REQUEST'))?.bytes;
  if (bytes === undefined) return fail('invalid PEM-encoded certificate signing request');
  try {
    return parseRequest(bytes);
  } catch (error) {
    if (error instanceof BuiltinError)
      throw new BuiltinError('asn1: structure error: malformed certificate request');
    throw error;
  }
}

interface Options {
  readonly now: number;
  /** Go's numbers; the leaf must allow one. */
  readonly usages: readonly number[];
  readonly name: string;
}

const USAGES =
  `KeyUsageAny KeyUsageServerAuth KeyUsageClientAuth KeyUsageCodeSigning KeyUsageEmailProtection KeyUsageIPSECEndSystem
  KeyUsageIPSECTunnel KeyUsageIPSECUser KeyUsageTimeStamping KeyUsageOCSPSigning KeyUsageMicrosoftServerGatedCrypto
  KeyUsageNetscapeServerGatedCrypto KeyUsageMicrosoftCommercialCodeSigning KeyUsageMicrosoftKernelCodeSigning`.split(
    /\s+/,
  );

function readOptions(object: RegoObject, now: number): Options {
  let options: Options = { now, usages: [1], name: '' };
  for (const [key, value] of object.entries()) {
    if (key === 'DNSName')
      options = {
        ...options,
        name: typeof value === 'string' ? value : fail("'DNSName' should be a string"),
      };
    else if (key === 'CurrentTime') {
      const nanos = isNum(value) ? asInteger(value) : undefined;
      options = {
        ...options,
        now: nanos === undefined ? fail("'CurrentTime' should be a number") : seconds(nanos),
      };
    } else if (key === 'MaxConstraintComparisons') {
      if (!isNum(value)) fail("'MaxConstraintComparisons' should be a number");
    } else if (key === 'KeyUsages') options = { ...options, usages: readUsages(value) };
    else fail('invalid key option');
  }
  return options;
}

function readUsages(value: Value): number[] {
  const names = isArray(value)
    ? value
    : value instanceof RegoSet
      ? value.sorted()
      : fail("'KeyUsages' should be an Array or Set");
  const texts = names.filter((name) => typeof name === 'string');
  const unknown = texts.filter((name) => !USAGES.includes(name));
  if (unknown.length > 0) fail(`invalid entries for 'KeyUsages' found: [${unknown.join(' ')}]`);
  return texts.map((name) => USAGES.indexOf(name));
}

/** The first certificate is the root, the last the leaf, the others may stand between. */
function verified(text: string, options: Options): Value {
  const failed: Value = [false, []];
  let all: Certificate[];
  try {
    all = certificates(text);
  } catch (error) {
    if (error instanceof BuiltinError) return failed;
    throw error;
  }
  const [root] = all;
  const leaf = all.at(-1);
  if (all.length < 2 || root === undefined || leaf === undefined || !leafFits(leaf, options)) return failed;
  const chain = findChain(leaf, root, all.slice(1, -1), options.now, 0);
  return chain === undefined ? failed : [true, [leaf, ...chain].map((item) => item.value)];
}

function isCurrent(certificate: Certificate, now: number): boolean {
  return now >= certificate.from && now <= certificate.until;
}

function leafFits({ value, from, until }: Certificate, { now, usages, name }: Options): boolean {
  if (now < from || now > until) return false;
  const allowed = value.get('ExtKeyUsage');
  const any = usages.length === 0 || usages.includes(0);
  if (
    !any &&
    isArray(allowed) &&
    !allowed.some((usage) => usage === 0 || (typeof usage === 'number' && usages.includes(usage)))
  )
    return false;
  const names = value.get('DNSNames');
  return (
    name === '' || (isArray(names) && names.some((item) => typeof item === 'string' && nameFits(item, name)))
  );
}

function nameFits(pattern: string, name: string): boolean {
  const [a, b] = [pattern.toLowerCase(), name.toLowerCase().replace(/\.$/, '')];
  return a === b || (a.startsWith('*.') && b.slice(b.indexOf('.')) === a.slice(1));
}

/** What leads from a certificate up to the root. */
function findChain(
  child: Certificate,
  root: Certificate,
  between: readonly Certificate[],
  now: number,
  depth: number,
): Certificate[] | undefined {
  if (isCurrent(root, now) && signs(root, child, depth)) return [root];
  for (const next of between) {
    if (!isCurrent(next, now) || !signs(next, child, depth)) continue;
    const rest = findChain(
      next,
      root,
      between.filter((item) => item !== next),
      now,
      depth + 1,
    );
    if (rest !== undefined) return [next, ...rest];
  }
  return undefined;
}

function signs(issuer: Certificate, child: Certificate, depth: number): boolean {
  const most = issuer.value.get('MaxPathLen');
  const limited = typeof most === 'number' && (most > 0 || issuer.value.get('MaxPathLenZero') === true);
  if (issuer.value.get('Version') === 3 && issuer.value.get('IsCA') !== true) return false;
  if (limited && depth > most) return false;
  return isIssuedBy(child.raw, issuer.raw);
}

function asPem(text: string, type: string): string {
  const decoded = isPem(text) ? text : String.fromCharCode(...base64Decode(text, 'standard'));
  if (isPem(decoded)) return decoded;
  return `-----BEGIN ${type}-----\n${text}\n-----END ${type}-----`;
}

function guarded<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof BuiltinError) throw error;
    throw new BuiltinError(error instanceof Error ? error.message : String(error));
  }
}

/** In the shape of Go's tls.Certificate. */
function keyPair(certificate: string, key: string): Value {
  const blocks = pemBlocks(asPem(certificate, 'CERTIFICATE')).filter((block) => block.type === 'CERTIFICATE');
  const [first] = blocks;
  if (first === undefined) return fail('tls: failed to find any PEM data in certificate input');
  const pem = pemBlocks(asPem(key, 'PRIVATE KEY')).find((block) => block.type.endsWith('PRIVATE KEY'))?.text;
  if (pem === undefined) return fail('tls: failed to find any PEM data in key input');
  if (!guarded(() => keyFits(first.bytes, pem))) fail('tls: private key does not match public key');
  const leaf = RegoObject.from(
    [...parseCertificate(first.bytes).value.entries()].filter(([name]) => name !== 'URIStrings'),
  );
  return RegoObject.from([
    ['Certificate', blocks.map((block) => base64Encode(block.bytes, 'standard'))],
    ['PrivateKey', goKey(guarded(() => jwkFromPrivatePem(pem)))],
    ['Leaf', leaf],
    ['OCSPStaple', null],
    ['SignedCertificateTimestamps', null],
    ['SupportedSignatureAlgorithms', null],
  ]);
}

const PRIVATE = ['RSA PRIVATE KEY', 'PRIVATE KEY', 'EC PRIVATE KEY'];

function privateKeys(text: string): Value {
  if (text === '') return null;
  return looseBlocks(text)
    .filter((block) => PRIVATE.includes(block.type))
    .map((block) => goKey(guarded(() => jwkFromPrivatePem(block.text))));
}

function privateJwk(text: string): Value {
  if (text === '') return fail('input PEM data was empty');
  const pem = isPem(text) ? text : String.fromCharCode(...base64Decode(text, 'standard'));
  const block = looseBlocks(pem).find((item) => PRIVATE.includes(item.type));
  if (block === undefined) return null;
  const jwk = guarded(() => jwkFromPrivatePem(block.text));
  return RegoObject.from(
    Object.entries(jwk).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : [])),
  );
}

/** A private key in the shape of Go's structures. */
function goKey(jwk: Readonly<Record<string, unknown>>): Value {
  const at = (name: string): Value => {
    const text = jwk[name];
    return fromBigInt(unsigned(base64Decode(typeof text === 'string' ? text : '', 'url')));
  };
  if (jwk['kty'] === 'OKP') {
    const parts = [jwk['d'], jwk['x']].map((part) =>
      base64Decode(typeof part === 'string' ? part : '', 'url'),
    );
    return base64Encode(Uint8Array.from(parts.flatMap((part) => [...part])), 'standard');
  }
  if (jwk['kty'] === 'EC') {
    return RegoObject.from([
      ['Curve', new RegoObject()],
      ['X', at('x')],
      ['Y', at('y')],
      ['D', at('d')],
    ]);
  }
  return RegoObject.from([
    ['N', at('n')],
    ['E', at('e')],
    ['D', at('d')],
    ['Primes', [at('p'), at('q')]],
    [
      'Precomputed',
      RegoObject.from([
        ['Dp', at('dp')],
        ['Dq', at('dq')],
        ['Qinv', at('qi')],
        ['CRTValues', []],
      ]),
    ],
  ]);
}
