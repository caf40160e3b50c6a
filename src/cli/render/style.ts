import { styleText } from 'node:util';
import type { Severity } from '../../report/model.ts';
import type { Output } from '../context.ts';

type Format = Parameters<typeof styleText>[0];

/** Paints text where the stream is a terminal that wants colour; `NO_COLOR` and `FORCE_COLOR` are respected by Node. */
export type Paint = (format: Format, text: string) => string;

export function painter(stream: Output): Paint {
  return (format, text) => styleText(format, text, { stream, validateStream: true });
}

const severityFormats: Readonly<Record<Severity, Format>> = {
  CRITICAL: ['bold', 'red'],
  HIGH: 'red',
  MEDIUM: 'yellow',
  LOW: 'cyan',
  UNKNOWN: 'dim',
};

/** A severity's word in its colour. */
export function paintSeverity(paint: Paint, severity: Severity, text: string = severity): string {
  return paint(severityFormats[severity], text);
}
