/** The advisories that the project ships for a first try without a network: `data/demo-advisories`. */
import { fileURLToPath } from 'node:url';
import { importOsv } from './import.ts';
import type { ImportResult } from './types.ts';

/** What reports made with it call it, so that nobody takes it for more. */
export const demoName = 'Scan Link demo set';

/** See `demoDatabase` in `../index.ts`. */
export function demoDatabase(intoPath: string): Promise<ImportResult> {
  const folder = fileURLToPath(new URL('../../../data/demo-advisories', import.meta.url));
  return importOsv(folder, intoPath, { name: demoName, source: 'data/demo-advisories' });
}
