// Civil times as text under a layout.
import { MONTHS, WEEKDAYS, type Civil } from './time-civil.ts';
import { splitLayout } from './time-layout.ts';
import { offsetText, type Zone } from './time-zones.ts';

export const NAMED_LAYOUTS: Readonly<Record<string, string>> = {
  ANSIC: 'Mon Jan _2 15:04:05 2006',
  UnixDate: 'Mon Jan _2 15:04:05 MST 2006',
  RubyDate: 'Mon Jan 02 15:04:05 -0700 2006',
  RFC822: '02 Jan 06 15:04 MST',
  RFC822Z: '02 Jan 06 15:04 -0700',
  RFC850: 'Monday, 02-Jan-06 15:04:05 MST',
  RFC1123: 'Mon, 02 Jan 2006 15:04:05 MST',
  RFC1123Z: 'Mon, 02 Jan 2006 15:04:05 -0700',
  RFC3339: '2006-01-02T15:04:05Z07:00',
  RFC3339Nano: '2006-01-02T15:04:05.999999999Z07:00',
};

export function formatLayout(layout: string, at: Civil, zone: Zone): string {
  return splitLayout(layout)
    .map((chunk) => ('literal' in chunk ? chunk.literal : formatField(chunk.field, at, zone)))
    .join('');
}

function pad(value: number, size: number, fill = '0'): string {
  return String(value).padStart(size, fill);
}

function formatField(field: string, at: Civil, zone: Zone): string {
  const month = MONTHS[at.month - 1] ?? '';
  const weekday = WEEKDAYS[at.weekday] ?? '';
  const fields: Readonly<Record<string, () => string>> = {
    January: () => month,
    Jan: () => month.slice(0, 3),
    '1': () => String(at.month),
    '01': () => pad(at.month, 2),
    Monday: () => weekday,
    Mon: () => weekday.slice(0, 3),
    '2': () => String(at.day),
    _2: () => pad(at.day, 2, ' '),
    '02': () => pad(at.day, 2),
    __2: () => pad(at.yearDay, 3, ' '),
    '002': () => pad(at.yearDay, 3),
    '15': () => pad(at.hour, 2),
    '3': () => String(at.hour % 12 || 12),
    '03': () => pad(at.hour % 12 || 12, 2),
    '4': () => String(at.minute),
    '04': () => pad(at.minute, 2),
    '5': () => String(at.second),
    '05': () => pad(at.second, 2),
    '2006': () => (at.year < 0 ? `-${pad(-at.year, 4)}` : pad(at.year, 4)),
    '06': () => pad(((at.year % 100) + 100) % 100, 2),
    PM: () => (at.hour >= 12 ? 'PM' : 'AM'),
    pm: () => (at.hour >= 12 ? 'pm' : 'am'),
    MST: () => zone.abbreviation,
  };
  return fields[field]?.() ?? (/^[.,]/.test(field) ? fraction(field, at.nanos) : offset(field, zone.offset));
}

function offset(field: string, seconds: number): string {
  if (field.startsWith('Z') && seconds === 0) return 'Z';
  const shape = field.slice(1);
  if (shape === '07') return offsetText(seconds, '').slice(0, 3);
  const separator = shape.includes(':') ? ':' : '';
  return offsetText(seconds, separator, shape.replaceAll(':', '').length > 4);
}

function fraction(field: string, nanos: number): string {
  const digits = pad(nanos, 9).slice(0, field.length - 1);
  if (field[1] === '0') return `${field[0] ?? '.'}${digits}`;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : `${field[0] ?? '.'}${trimmed}`;
}
