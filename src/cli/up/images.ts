/** The images that the laptop's runner knows without any registry. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImageRuntime } from '../../local/runner/index.ts';

/** The name that the default templates give. */
export const ownImage = 'scan-link/scan-link';

const program = fileURLToPath(new URL('../../../bin/scanlink.mjs', import.meta.url));

/** Our own image as a process of this very program: of a manifest it takes arguments, and no other command. */
export function ownImages(dataDir: string): ImageRuntime[] {
  return [ownImage, `*/${ownImage}`].map((match) => ({
    match,
    entrypoint: [process.execPath, program],
    allowCommand: false,
    programNames: ['scanlink'],
    env: {
      SCANLINK_DATA_DIR: dataDir,
      SCANLINK_FALLBACK_DB: demoDb(dataDir),
      // Each container has a folder of its own for temporary files, where nothing compiled would be found again.
      NODE_COMPILE_CACHE: path.join(dataDir, 'cache', 'compiled'),
    },
  }));
}

/** The few advisories of the demonstration: what scans use until a database was imported. */
export function demoDb(dataDir: string): string {
  return path.join(dataDir, 'demo-advisories.db');
}
