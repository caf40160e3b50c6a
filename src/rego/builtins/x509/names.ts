// Distinguished names, in the shape of Go's pkix.Name.
import { decodeUtf8 } from '../bytes.ts';
import { children, oid, type Node } from './der.ts';
import { RegoObject } from '../../value.ts';
import type { Value } from '../../types.ts';

const MEMBERS: Readonly<Record<string, string>> = {
  '2.5.4.6': 'Country',
  '2.5.4.10': 'Organization',
  '2.5.4.11': 'OrganizationalUnit',
  '2.5.4.7': 'Locality',
  '2.5.4.8': 'Province',
  '2.5.4.9': 'StreetAddress',
  '2.5.4.17': 'PostalCode',
};
const UTF16 = 30;

export function readName(node: Node | undefined): RegoObject {
  const lists = new Map<string, Value[]>();
  const names: Value[] = [];
  let commonName = '';
  let serial = '';
  for (const set of children(node)) {
    for (const pair of children(set)) {
      const [type, value] = children(pair);
      const id = oid(type);
      const text = textOf(value);
      names.push(
        RegoObject.from([
          ['Type', id],
          ['Value', text],
        ]),
      );
      const key = id.join('.');
      if (key === '2.5.4.3') commonName = text;
      else if (key === '2.5.4.5') serial = text;
      const member = MEMBERS[key];
      if (member !== undefined) lists.set(member, [...(lists.get(member) ?? []), text]);
    }
  }
  const name = new RegoObject();
  for (const member of Object.values(MEMBERS)) name.set(member, lists.get(member) ?? null);
  name.set('CommonName', commonName);
  name.set('SerialNumber', serial);
  name.set('Names', names.length === 0 ? null : names);
  name.set('ExtraNames', null);
  return name;
}

function textOf(node: Node | undefined): string {
  if (node === undefined) return '';
  if (node.tag !== UTF16) return decodeUtf8(node.content);
  let text = '';
  for (let at = 0; at + 1 < node.content.length; at += 2)
    text += String.fromCharCode((node.content[at] ?? 0) * 256 + (node.content[at + 1] ?? 0));
  return text;
}
