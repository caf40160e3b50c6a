// Time zones, from Intl.
import { epochSeconds } from './time-civil.ts';
import { fail } from './operands.ts';

export interface Zone {
  /** Seconds east of UTC. */
  readonly offset: number;
  readonly abbreviation: string;
}

const UTC: Zone = { offset: 0, abbreviation: 'UTC' };
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(name: string): Intl.DateTimeFormat {
  const known = formats.get(name);
  if (known !== undefined) return known;
  try {
    if (!/^[A-Za-z]/.test(name)) throw new RangeError('not a name');
    const made = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      timeZoneName: 'short',
    });
    formats.set(name, made);
    return made;
  } catch {
    return fail(`unknown time zone ${name}`);
  }
}

/** The zone's rules at an instant, in seconds since the epoch. */
export function zoneAt(name: string, seconds: number): Zone {
  if (name === 'UTC') return UTC;
  const parts = new Map(
    formatOf(name)
      .formatToParts(seconds * 1000)
      .map((part) => [part.type, part.value]),
  );
  const field = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type) ?? '0');
  const year = parts.get('era') === 'BC' ? 1 - field('year') : field('year');
  const local = epochSeconds(
    year,
    field('month'),
    field('day'),
    field('hour'),
    field('minute'),
    field('second'),
  );
  const offset = local - seconds;
  return { offset, abbreviation: abbreviate(name, parts.get('timeZoneName') ?? '', offset) };
}

/** Names Intl has no letters for in English, as the zone database has them; others are `+0530`. */
const NAMES: Readonly<Record<string, string>> = {
  'Asia/Kolkata': 'IST',
  'Asia/Tokyo': 'JST',
  'Asia/Seoul': 'KST',
  'Asia/Shanghai': 'CST',
  'Asia/Hong_Kong': 'HKT',
};

function abbreviate(name: string, given: string, offset: number): string {
  if (/^[A-Z]{2,5}$/.test(given) && !given.startsWith('GMT')) return given;
  if (given === 'GMT') return 'GMT';
  const known = NAMES[name] ?? european(name, offset);
  return known ?? offsetText(offset, '');
}

function european(name: string, offset: number): string | undefined {
  if (!name.startsWith('Europe/')) return undefined;
  if (name === 'Europe/London') return offset === 3600 ? 'BST' : 'GMT';
  if (offset === 3600) return 'CET';
  return offset === 7200 ? 'CEST' : undefined;
}

export function offsetText(offset: number, separator: string, seconds = false): string {
  const size = Math.abs(offset);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const base = `${offset < 0 ? '-' : '+'}${two(size / 3600)}${separator}${two((size % 3600) / 60)}`;
  return seconds ? `${base}${separator}${two(size % 60)}` : base;
}
