/** Reports as documents, written to a stream with its back pressure respected. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InvalidArgumentError, Option } from 'commander';
import { writeCycloneDx } from '../report/cyclonedx-write.ts';
import { encodeEnvelope } from '../report/envelope.ts';
import type { Report } from '../report/model.ts';
import type { Output } from './context.ts';

const known = ['table', 'json', 'cyclonedx-json'] as const;
export type ReportOutput = (typeof known)[number];

/** Formats of the contract that cannot be written yet: refused by name, and never as something else. */
const later = ['cyclonedx-xml', 'spdx-json', 'sarif'];

/** `-o FORMAT` of the commands that print a report. */
export function reportOutput(): Option {
  return new Option('-o, --output <format>', `how to print the result: ${known.join(', ')}`)
    .default('table')
    .argParser(readFormat);
}

function readFormat(word: string): ReportOutput {
  const format = known.find((one) => one === word);
  if (format) return format;
  const why = later.includes(word) ? `${word} cannot be written yet.` : `There is no format ${word}.`;
  throw new InvalidArgumentError(`${why} Give one of ${known.join(', ')}.`);
}

export async function writeReport(
  report: Report,
  format: 'cyclonedx-json' | 'envelope',
  stream: Output,
): Promise<void> {
  const text = writeCycloneDx(report, { version: '1.6' });
  const lines = format === 'envelope' ? encodeEnvelope(bytesOf(text)) : text;
  await pipeline(Readable.from(lines), stream, { end: false });
}

function* bytesOf(text: Iterable<string>): Generator<Uint8Array> {
  for (const chunk of text) yield Buffer.from(chunk);
}
