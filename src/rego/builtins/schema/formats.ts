// The formats a JSON Schema may name. Unknown ones hold.
import { parseAddress } from '../cidr.ts';
import { parseLayout } from '../time-parse.ts';
import { parseUri } from '../uri.ts';
import { RE2JS } from 're2js';

function succeeds(step: () => unknown): boolean {
  try {
    step();
    return true;
  } catch {
    return false;
  }
}

function anyLayout(text: string, ...layouts: readonly string[]): boolean {
  return layouts.some((layout) => succeeds(() => parseLayout(layout, text)));
}

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  date: (text) => anyLayout(text, '2006-01-02'),
  time: (text) => anyLayout(text, '15:04:05', '15:04:05Z07:00'),
  'date-time': (text) =>
    anyLayout(text, '2006-01-02', '15:04:05', '15:04:05Z07:00', '2006-01-02T15:04:05Z07:00'),
  email: (text) => /^[^\s@<>]+@[^\s@<>]+$/.test(text),
  hostname: (text) =>
    text.length < 256 &&
    /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/.test(
      text,
    ),
  ipv4: (text) => !text.includes(':') && parseAddress(text) !== undefined,
  ipv6: (text) => text.includes(':') && parseAddress(text) !== undefined,
  uri: (text) =>
    /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && !text.includes('\\') && succeeds(() => parseUri(text)),
  'uri-reference': (text) => !text.includes('\\') && succeeds(() => parseUri(text)),
  uuid: (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text),
  regex: (text) => succeeds(() => RE2JS.compile(text)),
  'json-pointer': (text) => /^(?:\/(?:[^/~]|~0|~1)*)*$/.test(text),
  'relative-json-pointer': (text) => /^(?:0|[1-9]\d*)(?:#|(?:\/(?:[^/~]|~0|~1)*)*)$/.test(text),
};

export function formatHolds(format: string, text: string): boolean {
  return FORMATS[format]?.(text) ?? true;
}
