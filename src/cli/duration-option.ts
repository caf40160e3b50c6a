import { InvalidArgumentError } from 'commander';

const units: Readonly<Record<string, number>> = {
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** `12h`, `30d`, `8w`, `1y`, in milliseconds. */
export function durationOption(text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([hdwy])$/.exec(text) ?? [];
  const ms = units[unit];
  if (number === undefined || ms === undefined)
    throw new InvalidArgumentError('Give a time like 12h, 30d, 8w or 1y.');
  return Number(number) * ms;
}

/** A whole number from 1. */
export function countOption(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('Give a whole number from 1.');
  return number;
}
