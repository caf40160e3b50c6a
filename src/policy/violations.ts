/** From what a policy objects to, to what a status shows. */
import { PolicyProblem } from './failures.ts';
import type { Verdict, Violation } from './verdict.ts';

const shown = 50;
const longestMessage = 1024;

/** One objection, in full, as the policy made it. */
export interface Objection {
  message: string;
  id?: string;
  severity?: string;
}

/** Reads the value of `deny`, as plain JSON. Throws `PolicyProblem` `PolicyResultInvalid`. */
export function objectionsOf(value: unknown, name: string): Objection[] {
  if (!Array.isArray(value)) {
    const what = value === undefined ? 'nothing' : `a value of type ${typeName(value)}`;
    throw invalid(
      name,
      `deny comes to ${what}, where a set of messages is wanted: write it as deny[msg] { … }`,
    );
  }
  return value.map((one) => objectionOf(one, name));
}

function objectionOf(value: unknown, name: string): Objection {
  if (typeof value === 'string') return { message: value };
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const message = textOf(value, 'msg') ?? textOf(value, 'message');
    if (message !== undefined)
      return { message, id: textOf(value, 'id'), severity: textOf(value, 'severity') };
    throw invalid(name, 'an object in deny has no text under "msg"');
  }
  throw invalid(
    name,
    `deny holds a value of type ${typeName(value)}, where messages or objects with "msg" are wanted`,
  );
}

function invalid(name: string, what: string): PolicyProblem {
  return new PolicyProblem({ code: 'PolicyResultInvalid', message: `policy ${name} failed: ${what}` });
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function textOf(object: object, key: string): string | undefined {
  const value: unknown = Object.entries(object).find(([name]) => name === key)?.[1];
  return typeof value === 'string' ? value : undefined;
}

/**
 * The verdict over all objections. Ids are those of the report that a message names as words, and else whatever looks
 * like the id of an advisory; one that names none counts as one (spec.md §2).
 */
export function verdictOf(
  contract: Verdict['contract'],
  objections: readonly Objection[],
  known: ReadonlySet<string>,
): Verdict {
  const ids = new Set<string>();
  const violations: Violation[] = [];
  let nameless = 0;
  for (const objection of objections) {
    const named =
      objection.id !== undefined && objection.id !== '' ? [objection.id] : idsIn(objection.message, known);
    for (const id of named) ids.add(id);
    if (named.length === 0) nameless += 1;
    if (violations.length >= shown) continue;
    violations.push({
      message: cut(objection.message),
      id: named[0]?.slice(0, 128),
      severity: objection.severity?.slice(0, 64),
    });
  }
  return {
    contract,
    passed: objections.length === 0,
    violations,
    violationCount: objections.length,
    cveCount: ids.size + nameless,
  };
}

const word = /[\p{L}\p{N}][\p{L}\p{N}._:/@+-]*/gu;
/** The kinds of id that OSV's ecosystems and the distributions give out. */
const advisory =
  /\b(?:CVE-\d{4}-\d{4,19}|GHSA(?:-[0-9a-z]{4}){3}|(?:GO|RUSTSEC|PYSEC|MAL|GSD|HSEC|OSV|BIT|ASB-A|ALBA|ALSA|ELSA|RHSA|RLSA|RXSA|DSA|DLA|USN|SUSE-[A-Z]{2}|TEMP|SNYK|ALAS|ALAS2|CGA|CURL-CVE|JLSEC|EEF)-[\p{L}\p{N}:-]*\d[\p{L}\p{N}:-]*)/giu;

/** Distinct, in the order in which the message names them. */
export function idsIn(message: string, known: ReadonlySet<string>): string[] {
  const text = message.slice(0, 16_384);
  const found = new Set<string>();
  for (const [one] of text.matchAll(word)) {
    const id = one.replace(/[.:/@+-]+$/, '');
    if (known.has(id)) found.add(id);
  }
  if (found.size === 0) for (const [one] of text.matchAll(advisory)) found.add(one);
  return [...found];
}

function cut(message: string): string {
  if (message.length <= longestMessage) return message;
  return `${message.slice(0, longestMessage - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
