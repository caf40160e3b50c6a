// UUIDs.
import { RegoObject } from '../value.ts';
import { fromBigInt } from '../number.ts';
import { fail, stringAt } from './operands.ts';
import type { BuiltinContext, BuiltinFn } from './context.ts';
import type { Value } from '../types.ts';

export const uuid: Readonly<Record<string, BuiltinFn>> = {
  'uuid.rfc4122': (context, key = null) => random(context, stringAt(key, 1)),
  'uuid.parse': (_, text = null) => parse(stringAt(text, 1)),
};

/** The same for the same key all through an evaluation. */
function random(context: BuiltinContext, key: string): string {
  const name = `uuid.rfc4122\0${key}`;
  const known = context.cache.get(name);
  if (typeof known === 'string') return known;
  const bytes = Array.from({ length: 16 }, () => Math.floor(context.random() * 256));
  bytes[6] = ((bytes[6] ?? 0) & 15) | 64;
  bytes[8] = ((bytes[8] ?? 0) & 63) | 128;
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const made = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  context.cache.set(name, made);
  return made;
}

const FORMS = [
  /^(?:urn:uuid:)?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i,
  /^.([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12}).$/is,
  /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i,
];
const DOMAINS = ['Person', 'Group', 'Org'];
/** 100 ns steps between the Gregorian reform and the epoch. */
const GREGORIAN = 122192928000000000n;

function parse(text: string): Value {
  const parts = FORMS.map((form) => form.exec(text)).find((match) => match !== null);
  if (parts === undefined) return fail('invalid UUID');
  const [low = '', middle = '', high = '', clock = '', node = ''] = parts
    .slice(1)
    .map((part) => part.toLowerCase());
  const version = Number.parseInt(high[0] ?? '0', 16);
  const result = RegoObject.from([
    ['version', version],
    ['variant', variant(Number.parseInt(clock.slice(0, 2), 16))],
  ]);
  if (version !== 1 && version !== 2) return result;
  const time = BigInt(`0x${high.slice(1)}${middle}${low}`);
  result.set('nodeid', node.replaceAll(/(..)(?=.)/g, '$1-'));
  result.set('macvariables', macVariables(Number.parseInt(node.slice(0, 2), 16)));
  result.set('time', fromBigInt((time - GREGORIAN) * 100n));
  result.set('clocksequence', Number.parseInt(clock, 16) & 0x3fff);
  if (version === 2) {
    const domain = Number.parseInt(clock.slice(2), 16);
    result.set('id', Number.parseInt(low, 16));
    result.set('domain', DOMAINS[domain] ?? `Domain${domain}`);
  }
  return result;
}

function variant(byte: number): string {
  if ((byte & 0xc0) === 0x80) return 'RFC4122';
  if ((byte & 0xe0) === 0xc0) return 'Microsoft';
  return (byte & 0xe0) === 0xe0 ? 'Future' : 'Reserved';
}

function macVariables(byte: number): string {
  const scope = (byte & 2) === 2 ? 'local' : 'global';
  return `${scope}:${(byte & 1) === 1 ? 'multicast' : 'unicast'}`;
}
