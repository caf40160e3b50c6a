// Keys as policies give them: PEM certificates, PEM public keys, a JWK or a set of them.
import { BuiltinError } from './context.ts';
import { fail } from './operands.ts';
import {
  publicKeyFromCertificate,
  publicKeyFromJwk,
  publicKeyFromPem,
  type VerifyKey,
} from './node-crypto.ts';

export interface NamedKey {
  readonly alg: string;
  readonly kid: string;
  readonly key: VerifyKey;
}

const BLOCK = /^\s*-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----[ \t]*\r?\n?/;

export function keysFrom(text: string): NamedKey[] {
  const block = BLOCK.exec(text);
  return block === null
    ? keysFromJwk(text)
    : [keyFromPem(block[0], block[1] ?? '', text.slice(block[0].length))];
}

function keyFromPem(pem: string, type: string, rest: string): NamedKey {
  if (rest !== '') fail('extra data after a PEM certificate block');
  if (type !== 'CERTIFICATE' && type !== 'PUBLIC KEY')
    return fail('failed to extract a Key from the PEM certificate');
  const what = type === 'CERTIFICATE' ? 'certificate' : 'public key';
  const read = type === 'CERTIFICATE' ? publicKeyFromCertificate : publicKeyFromPem;
  return { alg: '', kid: '', key: attempt(() => read(pem), `failed to parse a PEM ${what}`) };
}

function attempt<T>(step: () => T, message: string): T {
  try {
    return step();
  } catch (cause) {
    throw new BuiltinError(`${message}: ${cause instanceof Error ? cause.message : ''}`);
  }
}

function keysFromJwk(text: string): NamedKey[] {
  return attempt(
    () =>
      parseKeySet(text).map((jwk) => ({
        alg: typeof jwk['alg'] === 'string' ? jwk['alg'] : '',
        kid: typeof jwk['kid'] === 'string' ? jwk['kid'] : '',
        key: publicKeyFromJwk(jwk),
      })),
    'failed to parse a JWK key (set)',
  );
}

/** The members of a JWK set, or one JWK. */
export function parseKeySet(text: string): Readonly<Record<string, unknown>>[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new BuiltinError(`failed to parse JWK: ${cause instanceof Error ? cause.message : ''}`);
  }
  if (!isRecord(document)) return fail('failed to parse JWK: not an object');
  const { keys } = document;
  return Array.isArray(keys) ? keys.filter(isRecord) : [document];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
