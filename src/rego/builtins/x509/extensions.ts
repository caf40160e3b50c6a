// The extensions of certificates that have members of their own.
import { base64Encode, decodeUtf8 } from '../bytes.ts';
import { addressText } from '../cidr.ts';
import { parseUri } from '../uri.ts';
import { bitBytes, children, integer, oid, readNode, TAG, unsigned, type Node } from './der.ts';
import { RegoObject } from '../../value.ts';
import type { Value } from '../../types.ts';

export interface Extension {
  readonly id: readonly number[];
  readonly critical: boolean;
  readonly value: Uint8Array;
}

export function readExtensions(node: Node | undefined): Extension[] {
  return children(node).map((item) => {
    const parts = children(item);
    const critical = parts.length > 2 && parts[1]?.tag === TAG.boolean && parts[1].content[0] !== 0;
    return { id: oid(parts[0]), critical, value: parts.at(-1)?.content ?? new Uint8Array() };
  });
}

export function extensionsValue(extensions: readonly Extension[]): Value {
  if (extensions.length === 0) return null;
  return extensions.map(({ id, critical, value }) =>
    RegoObject.from([
      ['Id', [...id]],
      ['Critical', critical],
      ['Value', base64Encode(value, 'standard')],
    ]),
  );
}

/** Go's numbers of extended key usages, in its order. */
const USAGES = [
  '2.5.29.37.0',
  '1.3.6.1.5.5.7.3.1',
  '1.3.6.1.5.5.7.3.2',
  '1.3.6.1.5.5.7.3.3',
  '1.3.6.1.5.5.7.3.4',
  '1.3.6.1.5.5.7.3.5',
  '1.3.6.1.5.5.7.3.6',
  '1.3.6.1.5.5.7.3.7',
  '1.3.6.1.5.5.7.3.8',
  '1.3.6.1.5.5.7.3.9',
  '1.3.6.1.4.1.311.10.3.3',
  '2.16.840.1.113730.4.1',
  '1.3.6.1.4.1.311.2.1.22',
  '1.3.6.1.4.1.311.61.1.1',
];

function orNull(list: readonly Value[]): Value {
  return list.length === 0 ? null : list;
}

/** What the extensions say, by the names Go gives it. */
export function readKnown(extensions: readonly Extension[]): Map<string, Value> {
  const found = new Map<string, Value>();
  const unhandled: Value[] = [];
  for (const extension of extensions) {
    const read = KNOWN[extension.id.join('.')];
    if (read !== undefined) {
      const { node } = readNode(extension.value);
      read(isConstructed(node) ? children(node) : [], found, node);
    } else if (extension.critical) unhandled.push([...extension.id]);
  }
  if (unhandled.length > 0) found.set('UnhandledCriticalExtensions', unhandled);
  return found;
}

/** Whether an element is made of elements. */
function isConstructed(node: Node): boolean {
  return (node.tag & 32) !== 0;
}

type Read = (parts: readonly Node[], found: Map<string, Value>, node: Node) => void;

const KNOWN: Readonly<Record<string, Read>> = {
  '2.5.29.15': (_parts, found, node) => {
    let usage = 0;
    [...bitBytes(node)].forEach((byte, index) => {
      for (let bit = 0; bit < 8; bit += 1) if ((byte & (128 >> bit)) !== 0) usage |= 1 << (index * 8 + bit);
    });
    found.set('KeyUsage', usage);
  },
  '2.5.29.19': (parts, found) => {
    const isCa = parts[0]?.tag === TAG.boolean && parts[0].content[0] !== 0;
    const length = parts.find((part) => part.tag === TAG.integer);
    found.set('BasicConstraintsValid', true);
    found.set('IsCA', isCa);
    found.set('MaxPathLen', length === undefined ? -1 : Number(integer(length)));
    found.set('MaxPathLenZero', length !== undefined && integer(length) === 0n);
  },
  '2.5.29.37': (parts, found) => {
    const ids = parts.map((part) => oid(part));
    found.set(
      'ExtKeyUsage',
      orNull(ids.map((id) => USAGES.indexOf(id.join('.'))).filter((index) => index >= 0)),
    );
    found.set('UnknownExtKeyUsage', orNull(ids.filter((id) => !USAGES.includes(id.join('.')))));
  },
  '2.5.29.14': (_parts, found, node) => found.set('SubjectKeyId', base64Encode(node.content, 'standard')),
  '2.5.29.35': (parts, found) => {
    const key = parts.find((part) => part.tag === 0x80);
    if (key !== undefined) found.set('AuthorityKeyId', base64Encode(key.content, 'standard'));
  },
  '2.5.29.17': alternativeNames,
  '2.5.29.31': (parts, found) => {
    const urls = parts.flatMap((part) => children(part)).filter((part) => part.tag === 0xa0);
    const names = urls
      .flatMap((part) => children(part))
      .filter((part) => part.tag === 0xa0)
      .flatMap((part) => children(part));
    found.set(
      'CRLDistributionPoints',
      orNull(names.filter((part) => part.tag === 0x86).map((part) => decodeUtf8(part.content))),
    );
  },
  '2.5.29.32': (parts, found) => {
    const ids = parts.map((part) => oid(children(part)[0]));
    found.set('PolicyIdentifiers', orNull(ids));
    found.set('Policies', orNull(ids.map((id) => id.join('.'))));
  },
  '1.3.6.1.5.5.7.1.1': (parts, found) => {
    const pairs = parts.map((part) => children(part)).filter(([, location]) => location?.tag === 0x86);
    const of = (id: string): Value =>
      orNull(
        pairs
          .filter(([method]) => oid(method).join('.') === id)
          .map(([, location]) => decodeUtf8(location?.content ?? new Uint8Array())),
      );
    found.set('OCSPServer', of('1.3.6.1.5.5.7.48.1'));
    found.set('IssuingCertificateURL', of('1.3.6.1.5.5.7.48.2'));
  },
};

function alternativeNames(parts: readonly Node[], found: Map<string, Value>): void {
  const texts = (tag: number): string[] =>
    parts.filter((part) => part.tag === tag).map((part) => decodeUtf8(part.content));
  const addresses = parts
    .filter((part) => part.tag === 0x87)
    .map(({ content }) => addressText({ bits: content.length === 4 ? 32 : 128, value: unsigned(content) }));
  const uris = texts(0x86);
  found.set('DNSNames', orNull(texts(0x82)));
  found.set('EmailAddresses', orNull(texts(0x81)));
  found.set('IPAddresses', orNull(addresses));
  found.set('URIs', orNull(uris.map(urlValue)));
  found.set('URIStrings', orNull(uris));
}

/** Go's url.URL. */
function urlValue(text: string): Value {
  const url = parseUri(text);
  const part = (key: string): string => {
    const value = url.get(key);
    return typeof value === 'string' ? value : '';
  };
  const port = part('port');
  const opaque =
    part('hostname') === '' && part('path') === ''
      ? text.slice(part('scheme').length + 1).replace(/[?#].*$/, '')
      : '';
  return RegoObject.from([
    ['Scheme', part('scheme')],
    ['Opaque', opaque],
    ['User', null],
    ['Host', part('hostname') + (port === '' ? '' : `:${port}`)],
    ['Path', part('path')],
    ['RawPath', ''],
    ['OmitHost', false],
    ['ForceQuery', false],
    ['RawQuery', part('raw_query')],
    ['Fragment', part('fragment')],
    ['RawFragment', ''],
  ]);
}
