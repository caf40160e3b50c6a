/** The one logger: pino's JSON lines on stderr, with secrets masked. Loaded only where something is logged. */
import type { Log } from '../lib/log.ts';
import { silentLog } from '../lib/log.ts';
import { maskSecrets } from './mask.ts';

export interface LoggerOptions {
  /** The least that is said: `debug`, `info`, `warn`, `error`; `silent` says nothing and loads nothing. */
  readonly level: string;
  /** In every line. */
  readonly name?: string;
  /** Where the lines go (default stderr); for tests. */
  readonly write?: (line: string) => void;
}

export async function createLogger({ level, name, write }: LoggerOptions): Promise<Log> {
  if (level === 'silent') return silentLog;
  const { pino } = await import('pino');
  const options = {
    level,
    ...(name !== undefined && { name }),
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // Texts come from servers, containers and manifests: whoever reads logs need not read their secrets.
    hooks: { streamWrite: maskSecrets },
  };
  // Synchronous: what was said last before a crash is what one wants to read.
  const logger: Log = pino(options, write ? { write } : pino.destination({ fd: 2, sync: true }));
  return logger;
}
