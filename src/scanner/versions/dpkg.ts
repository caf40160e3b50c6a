/** Debian and its kin: deb-version(7), `[epoch:]upstream[-revision]`. */
import { order, wholeOf } from './parts.ts';
import type { Whole } from './parts.ts';
import type { VersionScheme } from './scheme.ts';

export interface DebianVersion {
  readonly epoch: Whole;
  readonly upstream: string;
  readonly revision: string;
}

function parse(text: string): DebianVersion | undefined {
  const match = /^(?:(\d+):)?(.+)$/s.exec(text.trim());
  const rest = match?.[2];
  if (rest === undefined) return undefined;
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: wholeOf(match?.[1] ?? '0'),
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? '' : rest.slice(hyphen + 1),
  };
}

const isDigit = (char: string | undefined): boolean => char !== undefined && char >= '0' && char <= '9';

/** `~` before the end, the end before letters, letters before everything else. */
function rank(char: string | undefined): number {
  if (char === undefined || isDigit(char)) return 0;
  if (char === '~') return -1;
  return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 0x10000;
}

/** Text and numbers in turn: texts character by character, numbers by value, where no number is 0. */
export function compareDebianPart(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a[i])) || (j < b.length && !isDigit(b[j]))) {
      const result = rank(a[i]) - rank(b[j]);
      if (result !== 0) return result;
      i++;
      j++;
    }
    const [digitsA, digitsB] = [digitsAt(a, i), digitsAt(b, j)];
    const result = order(wholeOf(digitsA || '0'), wholeOf(digitsB || '0'));
    if (result !== 0) return result;
    i += digitsA.length;
    j += digitsB.length;
  }
  return 0;
}

function digitsAt(text: string, start: number): string {
  let end = start;
  while (isDigit(text[end])) end++;
  return text.slice(start, end);
}

export const dpkg: VersionScheme<DebianVersion> = {
  name: 'dpkg',
  parse,
  compare: (a, b) =>
    order(a.epoch, b.epoch) ||
    compareDebianPart(a.upstream, b.upstream) ||
    compareDebianPart(a.revision, b.revision),
};
