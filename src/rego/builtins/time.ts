// Time. An instant is nanoseconds since the epoch; a zone is a name Intl knows, or UTC.
import { fromBigInt, integerValue, isNum } from '../number.ts';
import { isArray } from '../value.ts';
import { civil, epochSeconds, weekdayName, type Civil } from './time-civil.ts';
import { parseDuration } from './time-duration.ts';
import { formatLayout, NAMED_LAYOUTS } from './time-format.ts';
import { parseLayout } from './time-parse.ts';
import { zoneAt, type Zone } from './time-zones.ts';
import { OperandError, type BuiltinFn } from './context.ts';
import { toBigFloat, truncate } from './big-float.ts';
import { fail, intAt, stringAt, wrongType } from './operands.ts';
import type { Value } from '../types.ts';
import type { Num } from '../number.ts';

const SECOND = 1_000_000_000n;
const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const RFC3339 = '2006-01-02T15:04:05Z07:00';
const RFC3339_NANO = '2006-01-02T15:04:05.999999999Z07:00';

export const time: Readonly<Record<string, BuiltinFn>> = {
  'time.now_ns': (context) => fromBigInt(context.now),
  'time.parse_ns': (_, layout = null, text = null) => parse(stringAt(layout, 1), stringAt(text, 2)),
  'time.parse_rfc3339_ns': (_, text = null) => parse(RFC3339, stringAt(text, 1)),
  'time.parse_duration_ns': (_, text = null) => fromBigInt(parseDuration(stringAt(text, 1))),
  'time.format': (_, value = null) => format(value),
  'time.date': (_, value = null) => {
    const { year, month, day } = fieldsOf(moment(value));
    return [year, month, day];
  },
  'time.clock': (_, value = null) => {
    const { hour, minute, second } = fieldsOf(moment(value));
    return [hour, minute, second];
  },
  'time.weekday': (_, value = null) => weekdayName(fieldsOf(moment(value)).weekday),
  'time.add_date': (_, value = null, years = null, months = null, days = null) =>
    addDate(moment(value), intAt(years, 2), intAt(months, 3), intAt(days, 4)),
  'time.diff': (_, a = null, b = null) => difference(moment(a), moment(b)),
};

interface Moment {
  readonly ns: bigint;
  readonly zone: string;
  readonly layout: string;
}

function moment(value: Value): Moment {
  const parts = isArray(value) ? value : [value];
  const [ns, zone = '', layout = ''] = parts;
  if (ns === undefined || !(isArray(value) || isNum(value))) {
    throw wrongType(1, value, 'either number (ns) or [number (ns), string (tz)]');
  }
  if (!isNum(ns)) throw wrongType(1, ns, 'number');
  if (typeof zone !== 'string') throw wrongType(1, zone, 'string');
  if (typeof layout !== 'string') throw wrongType(1, layout, 'string');
  const whole = integerValue(ns) ?? exactWhole(ns);
  if (whole === undefined || whole < MIN || whole > MAX) return fail('timestamp too big');
  return { ns: whole, zone: zone === '' || zone === 'Local' ? 'UTC' : zone, layout };
}

function exactWhole(value: Num): bigint | undefined {
  const { whole, exact } = truncate(toBigFloat(value));
  return exact ? whole : undefined;
}

function split(ns: bigint): { seconds: number; nanos: number } {
  const nanos = ((ns % SECOND) + SECOND) % SECOND;
  return { seconds: Number((ns - nanos) / SECOND), nanos: Number(nanos) };
}

function zoneOf(at: Moment): Zone {
  return zoneAt(at.zone, split(at.ns).seconds);
}

function fieldsOf(at: Moment): Civil {
  const { seconds, nanos } = split(at.ns);
  return civil(seconds + zoneOf(at).offset, nanos);
}

function checked(ns: bigint): Num {
  if (ns < MIN || ns > MAX) fail('time outside of valid range');
  return fromBigInt(ns);
}

function parse(layout: string, text: string): Num {
  const { seconds, nanos } = parseLayout(NAMED_LAYOUTS[layout] ?? layout, text);
  return checked(BigInt(seconds) * SECOND + BigInt(nanos));
}

function format(value: Value): string {
  const at = moment(value);
  const layout = at.layout === '' ? RFC3339_NANO : (NAMED_LAYOUTS[at.layout] ?? at.layout);
  return formatLayout(layout, fieldsOf(at), zoneOf(at));
}

/** Fields out of range carry over, as in Go. */
function addDate(at: Moment, years: number, months: number, days: number): Num {
  const now = fieldsOf(at);
  const local = epochSeconds(
    now.year + years,
    now.month + months,
    now.day + days,
    now.hour,
    now.minute,
    now.second,
  );
  if (!Number.isSafeInteger(local)) throw new OperandError('operand 2 is out of range');
  const seconds = local - zoneAt(at.zone, local - zoneOf(at).offset).offset;
  return checked(BigInt(seconds) * SECOND + BigInt(now.nanos));
}

function difference(a: Moment, b: Moment): Value {
  const second: Moment = { ...b, zone: a.zone };
  const [from, to] = a.ns > second.ns ? [fieldsOf(second), fieldsOf(a)] : [fieldsOf(a), fieldsOf(second)];
  const parts = [
    to.year - from.year,
    to.month - from.month,
    to.day - from.day,
    to.hour - from.hour,
    to.minute - from.minute,
    to.second - from.second,
  ];
  const daysInMonth = civil(epochSeconds(from.year, from.month + 1, 0, 0, 0, 0), 0).day;
  const sizes = [0, 12, daysInMonth, 24, 60, 60];
  for (let index = parts.length - 1; index > 0; index -= 1) {
    const part = parts[index] ?? 0;
    if (part >= 0) continue;
    parts[index] = part + (sizes[index] ?? 0);
    parts[index - 1] = (parts[index - 1] ?? 0) - 1;
  }
  return parts;
}
