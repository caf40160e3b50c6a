/** Package URLs (github.com/package-url/purl-spec): how a package is named beyond its ecosystem. */
import { ecosystemOf } from './ecosystems.ts';
import type { Package } from './model.ts';

/** Percent-encoding of a purl's parts: all but letters, digits and `.-_~`; the colon stays readable by the rules. */
const encode = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':');

/** `pkg:npm/%40babel/core@7.0.0`. Two packages have the same exactly when they are the same to their ecosystem. */
export function purlOf({
  ecosystem,
  name,
  version,
}: Pick<Package, 'ecosystem' | 'name' | 'version'>): string {
  const { purlType, normalName } = ecosystemOf(ecosystem);
  const path = nameInPurl(purlType, normalName(name)).split('/').map(encode).join('/');
  return `pkg:${purlType}/${path}${version === undefined ? '' : `@${encode(version)}`}`;
}

/** The rules of the types that say to lower-case what the registry itself tells apart. */
function nameInPurl(type: string, name: string): string {
  return type === 'golang' ? name.toLowerCase() : name;
}
