/** A report from a file, or from standard input. */
import { createReadStream } from 'node:fs';
import { ScanLinkError } from '../lib/errors.ts';
import type { ReadReport } from '../report/index.ts';

/**
 * @param file a path; `-` is standard input
 * @throws what `readReport` throws, with the file's name in front
 */
export async function readReportFile(file: string): Promise<ReadReport> {
  const { readReport } = await import('../report/index.ts');
  const source = file === '-' ? process.stdin : createReadStream(file);
  try {
    return await readReport(source);
  } catch (error) {
    if (!(error instanceof ScanLinkError)) throw error;
    const name = file === '-' ? 'standard input' : file;
    throw new ScanLinkError(`${name}: ${error.message}`, {
      code: error.code,
      where: error.where,
      cause: error,
    });
  }
}
