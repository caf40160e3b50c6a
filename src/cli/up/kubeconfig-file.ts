import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes the kubeconfig into the data folder, readable by its owner alone: it holds the administrator's key. Written
 * beside and renamed, so that a kubectl that runs meanwhile reads the old one or the new one.
 * @returns its path
 */
export async function writeKubeconfig(dataDir: string, text: string): Promise<string> {
  const file = path.join(dataDir, 'kubeconfig');
  const aside = `${file}.${process.pid}.tmp`;
  await writeFile(aside, text, { mode: 0o600 });
  await rename(aside, file);
  return file;
}
