/** Which entries of an archive may be written: nothing may come to lie outside of the folder it is unpacked into. */
import type { TarHeader } from 'modern-tar';
import { megabytes } from './failure.ts';

/** An entry that makes the whole archive refused; the message names it. */
export class RefusedEntry extends Error {}

/** Folders within folders. */
const maxDepth = 128;
const longestName = 4096;

export class EntryChecker {
  entries = 0;
  bytes = 0;
  readonly #limits: { readonly maxBytes: number; readonly maxEntries: number };
  /** Names of links so far, as a file system that ignores case would see them. */
  readonly #links = new Set<string>();

  constructor(limits: { readonly maxBytes: number; readonly maxEntries: number }) {
    this.#limits = limits;
  }

  /** Whether to write the entry. @throws RefusedEntry */
  accept(header: TarHeader): boolean {
    const { maxBytes, maxEntries } = this.#limits;
    if (++this.entries > maxEntries) throw new RefusedEntry(`it has more than ${maxEntries} entries`);
    const name = shown(header.name);
    const parts = partsOf(header.name);
    if (parts.length === 0) return false; // the folder itself
    if (parts === 'outside') throw new RefusedEntry(`its entry ${name} leads out of the folder`);
    if (header.name.length > longestName || parts.length > maxDepth) {
      throw new RefusedEntry(`its entry ${name} is nested too deeply`);
    }
    if (this.#isBehindLink(parts)) throw new RefusedEntry(`its entry ${name} lies behind a link`);
    this.bytes += header.size;
    if (this.bytes > maxBytes) throw new RefusedEntry(`it unpacks to more than ${megabytes(maxBytes)}`);
    switch (header.type) {
      case 'symlink':
        if (!staysInside(parts, header.linkname ?? '')) throw leadsOut(name, header);
        this.#links.add(keyOf(parts));
        return true;
      case 'link': {
        const target = partsOf(header.linkname ?? '');
        if (target === 'outside' || target.length === 0 || this.#isBehindLink(target))
          throw leadsOut(name, header);
        return true;
      }
      case 'file':
      case 'directory':
      case undefined:
        return true;
      default:
        return false; // devices and pipes: no source code
    }
  }

  #isBehindLink(parts: readonly string[]): boolean {
    if (this.#links.size === 0) return false;
    return parts.some((_, index) => index > 0 && this.#links.has(keyOf(parts.slice(0, index))));
  }
}

const leadsOut = (name: string, header: TarHeader): RefusedEntry =>
  new RefusedEntry(`its entry ${name} is a link to ${shown(header.linkname ?? '')}, out of the folder`);

const keyOf = (parts: readonly string[]): string => parts.join('/').normalize('NFC').toLowerCase();

/** The folders and the name; `outside` for absolute names and any with `..` in it. */
function partsOf(name: string): string[] | 'outside' {
  const slashed = name.replaceAll('\\', '/');
  if (slashed.startsWith('/') || /^[a-z]:/i.test(slashed) || slashed.includes('\0')) return 'outside';
  const parts = slashed.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? 'outside' : parts;
}

/**
 * Since no entry may lie behind a link, the folder of a link is a real one, and `..` at the beginning of its target
 * leads where it seems to. Anywhere else it might come after another link, and lead anywhere: refused.
 */
function staysInside(link: readonly string[], target: string): boolean {
  const slashed = target.replaceAll('\\', '/');
  if (slashed === '' || slashed.startsWith('/') || /^[a-z]:/i.test(slashed) || slashed.includes('\0'))
    return false;
  const parts = slashed.split('/').filter((part) => part !== '' && part !== '.');
  const ups = parts.findIndex((part) => part !== '..');
  const leading = ups < 0 ? parts.length : ups;
  return leading < link.length && !parts.slice(leading).includes('..');
}

/** For a message: on one line, at a length that fits. */
function shown(name: string): string {
  const clean = name.replaceAll(/[\u0000-\u001f\u007f]/g, '?');
  return JSON.stringify(clean.length > 200 ? `${clean.slice(0, 200)}…` : clean);
}
