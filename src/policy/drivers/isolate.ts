/** Gives a policy a `data` of its own, so that policies of one package do not mix on one server. */
import type { Token } from '../../rego/parser/lexer.ts';
import { isField, refused } from './source.ts';
import type { PolicySource } from './source.ts';

export interface Isolated {
  source: string;
  /** The column that the author knows, for one of the isolated source; both count from 1, in bytes. */
  place: (row: number, col: number) => number;
  /** A message of OPA's in the author's words. */
  words: (message: string) => string;
}

interface Insertion {
  offset: number;
  row: number;
  /** Where it stands in its line of the isolated source. */
  col: number;
  text: string;
}

/**
 * The policy with `package main` turned into `package <root>.main`, and every `data` into `data.<root>`: it means what it
 * meant where there is nothing else, and sees nothing of others, not even with `data[x]`. Only single words are put in,
 * so every line stays where it was. Throws `PolicyProblem` `PolicyCompileError` where `data` is no start of a reference (a
 * variable's name, or all of it at once): what that would mean after the change is not what it meant before.
 */
export function isolate({ source, tokens, name }: PolicySource, root: string): Isolated {
  const insertions: Insertion[] = [];
  const shifts = new Map<number, number>();
  const insert = (before: Token, text: string): void => {
    const shift = shifts.get(before.row) ?? 0;
    insertions.push({ offset: before.offset, row: before.row, col: before.col + shift, text });
    shifts.set(before.row, shift + text.length);
  };
  const [first, second] = tokens;
  if (first?.text !== 'package' || second?.kind !== 'name')
    throw refused(name, 'no name after package', second);
  insert(second, `${root}.`);
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'name' || token.text !== 'data' || isField(tokens, at)) continue;
    const next = tokens[at + 1];
    if (!next || !['.', '['].includes(next.text) || (next.text === '[' && next.spaced)) {
      const what =
        'an OPA server can be asked of data.main and the like only, not of all data, nor be given another data';
      throw refused(name, what, token);
    }
    insert(next, `.${root}`);
  }
  return {
    source: withInsertions(source, insertions),
    place: (row, col) => placeBefore(insertions, row, col),
    words: (message) => message.replaceAll(`data.${root}`, 'data').replaceAll(`${root}.`, ''),
  };
}

function withInsertions(source: string, insertions: readonly Insertion[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { offset, text } of insertions) {
    parts.push(source.slice(from, offset), text);
    from = offset;
  }
  return parts.join('') + source.slice(from);
}

function placeBefore(insertions: readonly Insertion[], row: number, col: number): number {
  let place = col;
  for (const one of insertions) {
    if (one.row !== row || one.col >= col) continue;
    place -= Math.min(one.text.length, col - one.col);
  }
  return place;
}
