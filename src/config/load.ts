/** Puts a configuration together: flags win over the environment, that over the file, that over the defaults. */
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { messageOf, ScanLinkError } from '../lib/errors.ts';
import { isOptionKey, optionKeys, options } from './options.ts';
import type { Config, Option, OptionKey } from './options.ts';

export interface ConfigSources {
  /** By option key, as text: `{ 'metadataStore.url': 'https://…' }`. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  /** The process's own by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Path of a YAML file; SCANLINK_CONFIG without it, and no file without both. */
  readonly file?: string;
  /** Stand in place of the table's: a laptop has no store. */
  readonly defaults?: Partial<Config>;
}

type Value = string | number | boolean;

/** @throws ScanLinkError `ConfigInvalid`, which names the option, where it was set and what is wrong with it */
export function loadConfig(sources: ConfigSources = {}): Config {
  const env = sources.env ?? process.env;
  const file = sources.file ?? env['SCANLINK_CONFIG'];
  const fromFile = file ? readFile(file) : new Map<OptionKey, unknown>();
  const config: Partial<Record<OptionKey, Value>> = {};
  for (const key of optionKeys) config[key] = valueOf(key, sources, env, fromFile, file);
  return config as Config;
}

function valueOf(
  key: OptionKey,
  { flags = {}, defaults = {} }: ConfigSources,
  env: Readonly<Record<string, string | undefined>>,
  fromFile: ReadonlyMap<OptionKey, unknown>,
  file: string | undefined,
): Value {
  const option: Option = options[key];
  if (flags[key] !== undefined) return read(key, option, flags[key], `flag --${key}`);
  // An empty variable is a way to say "unset" everywhere but for text.
  const variable = env[option.env];
  if (variable !== undefined && (variable !== '' || option.type === 'string'))
    return read(key, option, variable, `variable ${option.env}`);
  if (fromFile.has(key)) return read(key, option, fromFile.get(key), `file ${file}`);
  return defaults[key] ?? option.default;
}

function read(key: string, option: Option, value: unknown, where: string): Value {
  const problem = (what: string): ScanLinkError =>
    new ScanLinkError(`${key} ${JSON.stringify(value)} (${where}): ${what}`, { code: 'ConfigInvalid' });
  switch (option.type) {
    case 'string': {
      if (typeof value !== 'string' && typeof value !== 'number') throw problem('is not text');
      const wrong = option.check?.(String(value));
      if (wrong !== undefined) throw problem(wrong);
      return String(value);
    }
    case 'integer': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isInteger(number)) throw problem('is not a whole number');
      if (number < option.min || number > option.max)
        throw problem(`is not between ${option.min} and ${option.max}`);
      return number;
    }
    case 'boolean':
      if (value === true || value === 'true') return true;
      if (value === false || value === 'false') return false;
      throw problem('is neither true nor false');
    case 'choice':
      if (typeof value === 'string' && option.choices.includes(value)) return value;
      throw problem(`is none of ${option.choices.join(', ')}`);
  }
}

function readFile(file: string): Map<OptionKey, unknown> {
  let content: unknown;
  try {
    content = parseYaml(readFileSync(file, 'utf8'), { maxAliasCount: 100 });
  } catch (error) {
    throw new ScanLinkError(`the configuration file ${file} cannot be read: ${messageOf(error)}`, {
      code: 'ConfigInvalid',
      cause: error,
    });
  }
  const values = new Map<OptionKey, unknown>();
  if (content !== null && content !== undefined) collect(content, [], file, values);
  if (isStoreTurnedOff(content)) values.set('metadataStore.url', '');
  return values;
}

/** `metadataStore: {}` and `metadataStore:` turn the integration off (spec.md §9). */
function isStoreTurnedOff(content: unknown): boolean {
  if (typeof content !== 'object' || content === null || !('metadataStore' in content)) return false;
  const store = content.metadataStore;
  return store === null || (typeof store === 'object' && Object.keys(store).length === 0);
}

function collect(value: unknown, path: string[], file: string, into: Map<OptionKey, unknown>): void {
  const key = path.join('.');
  if (isOptionKey(key)) {
    into.set(key, value ?? '');
    return;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && isFolder(key)) {
    for (const [name, inner] of Object.entries(value)) collect(inner, [...path, name], file, into);
    return;
  }
  if ((value === null || value === undefined) && isFolder(key)) return;
  throw new ScanLinkError(
    `${key || 'the whole'} in the configuration file ${file} is no option; there are ${optionKeys.join(', ')}`,
    { code: 'ConfigInvalid' },
  );
}

function isFolder(key: string): boolean {
  return key === '' || optionKeys.some((option) => option.startsWith(`${key}.`));
}
