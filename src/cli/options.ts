/** Options that several commands share, each spelled and explained once. */
import { Option } from 'commander';

/** `-o FORMAT`: the first is the default. */
export function outputOption(formats: readonly [string, ...string[]]): Option {
  return new Option('-o, --output <format>', 'how to print the result').choices(formats).default(formats[0]);
}

/** Adds an argument to those an option got before: `-d a -d b`. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** The text after a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
