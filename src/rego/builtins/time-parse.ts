// Texts read under a layout.
import { daysIn, epochSeconds, MONTHS, WEEKDAYS } from './time-civil.ts';
import { splitLayout, type Chunk } from './time-layout.ts';
import { BuiltinError } from './context.ts';

interface Parsed {
  year: number;
  month: number;
  day: number;
  yearDay: number;
  hour: number;
  minute: number;
  second: number;
  nanos: number;
  pm: boolean | undefined;
  offset: number | undefined;
}

/** Throws BuiltinError with Go's words. Texts without a zone are UTC. */
export function parseLayout(layout: string, text: string): { seconds: number; nanos: number } {
  const at: Parsed = {
    year: 0,
    month: -1,
    day: -1,
    yearDay: -1,
    hour: 0,
    minute: 0,
    second: 0,
    nanos: 0,
    pm: undefined,
    offset: undefined,
  };
  const chunks = splitLayout(layout);
  let rest = text;
  chunks.forEach((chunk, index) => {
    rest =
      'literal' in chunk
        ? takeLiteral(chunk.literal, rest, layout, text)
        : takeField(chunk.field, rest, at, chunks[index + 1], layout, text);
  });
  if (rest !== '') throw new BuiltinError(`parsing time ${quote(text)}: extra text: ${quote(rest)}`);
  return resolve(at, text);
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

function cannot(rest: string, wanted: string, layout: string, text: string): never {
  throw new BuiltinError(
    `parsing time ${quote(text)} as ${quote(layout)}: cannot parse ${quote(rest)} as ${quote(wanted)}`,
  );
}

function outOfRange(what: string, text: string): never {
  throw new BuiltinError(`parsing time ${quote(text)}: ${what} out of range`);
}

function takeLiteral(literal: string, rest: string, layout: string, text: string): string {
  let left = rest;
  for (const char of literal) {
    if (char === ' ') {
      if (left !== '' && left[0] !== ' ') cannot(rest, literal, layout, text);
      left = left.replace(/^ +/, '');
      continue;
    }
    if (!left.startsWith(char)) cannot(left, literal.slice(literal.indexOf(char)), layout, text);
    left = left.slice(char.length);
  }
  return left;
}

const NUMBERS: Readonly<Record<string, RegExp>> = {
  '2006': /^\d{4}/,
  '06': /^\d{2}/,
  '1': /^\d{1,2}/,
  '01': /^\d{2}/,
  '2': /^\d{1,2}/,
  _2: /^ ?\d{1,2}/,
  '02': /^\d{2}/,
  __2: /^ {0,2}\d{1,3}/,
  '002': /^\d{3}/,
  '15': /^\d{1,2}/,
  '3': /^\d{1,2}/,
  '03': /^\d{2}/,
  '4': /^\d{1,2}/,
  '04': /^\d{2}/,
  '5': /^\d{1,2}/,
  '05': /^\d{2}/,
};

function takeField(
  field: string,
  rest: string,
  at: Parsed,
  next: Chunk | undefined,
  layout: string,
  text: string,
): string {
  const bad = (): never => cannot(rest, field, layout, text);
  const pattern = NUMBERS[field];
  if (pattern !== undefined) {
    const found = pattern.exec(rest)?.[0] ?? bad();
    setNumber(field, Number(found), at, text);
    const left = rest.slice(found.length);
    return field === '5' || field === '05' ? takeLooseFraction(left, at, next) : left;
  }
  if (field === 'January' || field === 'Jan')
    return takeName(MONTHS, field === 'Jan', rest, (index) => (at.month = index + 1), bad);
  if (field === 'Monday' || field === 'Mon')
    return takeName(WEEKDAYS, field === 'Mon', rest, () => undefined, bad);
  if (field === 'PM' || field === 'pm') return takeHalf(field, rest, at, bad);
  if (field === 'MST') return takeAbbreviation(rest, at, bad);
  if (/^[.,]/.test(field)) return takeFraction(field, rest, at, bad);
  return takeOffset(field, rest, at, bad, text);
}

function setNumber(field: string, value: number, at: Parsed, text: string): void {
  if (field === '2006') at.year = value;
  else if (field === '06') at.year = value >= 69 ? 1900 + value : 2000 + value;
  else if (field === '1' || field === '01') {
    if (value < 1 || value > 12) outOfRange('month', text);
    at.month = value;
  } else if (field === '2' || field === '_2' || field === '02') at.day = value;
  else if (field === '__2' || field === '002') at.yearDay = value;
  else if (field === '15') {
    if (value > 23) outOfRange('hour', text);
    at.hour = value;
  } else if (field === '3' || field === '03') {
    if (value > 12) outOfRange('hour', text);
    at.hour = value;
  } else if (field === '4' || field === '04') {
    if (value > 59) outOfRange('minute', text);
    at.minute = value;
  } else {
    if (value > 59) outOfRange('second', text);
    at.second = value;
  }
}

/** A fraction after seconds is fine even where the layout has none. */
function takeLooseFraction(rest: string, at: Parsed, next: Chunk | undefined): string {
  if (next !== undefined && 'field' in next && /^[.,]/.test(next.field)) return rest;
  const found = /^[.,]\d+/.exec(rest)?.[0];
  if (found === undefined) return rest;
  at.nanos = Number(found.slice(1, 10).padEnd(9, '0'));
  return rest.slice(found.length);
}

function takeFraction(field: string, rest: string, at: Parsed, bad: () => never): string {
  const isFixed = field[1] === '0';
  const found = (isFixed ? new RegExp(`^[.,]\\d{${field.length - 1}}`) : /^[.,]\d+/).exec(rest)?.[0];
  if (found === undefined) return isFixed ? bad() : rest;
  at.nanos = Number(found.slice(1, 10).padEnd(9, '0'));
  return rest.slice(found.length);
}

function takeName(
  names: readonly string[],
  short: boolean,
  rest: string,
  set: (index: number) => void,
  bad: () => never,
): string {
  const lower = rest.toLowerCase();
  const index = names.findIndex((name) => lower.startsWith((short ? name.slice(0, 3) : name).toLowerCase()));
  if (index < 0) return bad();
  set(index);
  return rest.slice(short ? 3 : (names[index]?.length ?? 0));
}

function takeHalf(field: string, rest: string, at: Parsed, bad: () => never): string {
  const found = rest.slice(0, 2);
  const [afternoon, morning] = field === 'PM' ? ['PM', 'AM'] : ['pm', 'am'];
  if (found !== afternoon && found !== morning) return bad();
  at.pm = found === afternoon;
  return rest.slice(2);
}

/** Only UTC and GMT with an offset say where they are; other names count as UTC. */
function takeAbbreviation(rest: string, at: Parsed, bad: () => never): string {
  if (rest.startsWith('UTC')) {
    at.offset = 0;
    return rest.slice(3);
  }
  const gmt = /^GMT([+-]\d{1,2})?/.exec(rest);
  if (gmt !== null) {
    at.offset = Number(gmt[1] ?? '0') * 3600;
    return rest.slice(gmt[0].length);
  }
  const found = /^(?:[+-]\d{2}(?:\d{2})?|ChST|MeST|[A-Z]{4}T|[A-Z]{3}T|WITA|[A-Z]{3})/.exec(rest)?.[0];
  if (found === undefined) return bad();
  at.offset = 0;
  return rest.slice(found.length);
}

const OFFSETS: Readonly<Record<string, RegExp>> = {
  '07': /^([+-])(\d\d)/,
  '0700': /^([+-])(\d\d)(\d\d)/,
  '07:00': /^([+-])(\d\d):(\d\d)/,
  '070000': /^([+-])(\d\d)(\d\d)(\d\d)/,
  '07:00:00': /^([+-])(\d\d):(\d\d):(\d\d)/,
};

function takeOffset(field: string, rest: string, at: Parsed, bad: () => never, text: string): string {
  if (field.startsWith('Z') && rest.startsWith('Z')) {
    at.offset = 0;
    return rest.slice(1);
  }
  const match = OFFSETS[field.slice(1)]?.exec(rest);
  if (match === null || match === undefined) return bad();
  const [hours, minutes, seconds] = [
    Number(match[2] ?? '0'),
    Number(match[3] ?? '0'),
    Number(match[4] ?? '0'),
  ];
  if (hours > 24) outOfRange('time zone offset hour', text);
  if (minutes > 60) outOfRange('time zone offset minute', text);
  at.offset = (match[1] === '-' ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
  return rest.slice(match[0].length);
}

function resolve(at: Parsed, text: string): { seconds: number; nanos: number } {
  if (at.pm === true && at.hour < 12) at.hour += 12;
  else if (at.pm === false && at.hour === 12) at.hour = 0;
  if (at.yearDay >= 0) {
    if (at.yearDay < 1 || at.yearDay > daysIn(at.year, 2) + 337) outOfRange('day-of-year', text);
    return finish(at, 1, at.yearDay);
  }
  const month = at.month < 0 ? 1 : at.month;
  const day = at.day < 0 ? 1 : at.day;
  if (day < 1 || day > daysIn(at.year, month)) outOfRange('day', text);
  return finish(at, month, day);
}

function finish(at: Parsed, month: number, day: number): { seconds: number; nanos: number } {
  const local = epochSeconds(at.year, month, day, at.hour, at.minute, at.second);
  return { seconds: local - (at.offset ?? 0), nanos: at.nanos };
}
