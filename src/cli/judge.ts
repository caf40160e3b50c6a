/** Judges a report by a policy file, as the controller would. */
import { readFile } from 'node:fs/promises';
import type { Verdict } from '../policy/verdict.ts';
import type { Report } from '../report/model.ts';

/** Throws what `PolicyEngine.evaluate` throws, with the file's name in the message. */
export async function judgeFile(file: string, report: Report): Promise<Verdict> {
  const source = await readFile(file, 'utf8');
  // The engine and its worker are loaded only for who has a policy.
  const { createPolicyEngine } = await import('../policy/index.ts');
  const engine = createPolicyEngine();
  try {
    return await engine.evaluate({ source, name: file, report });
  } finally {
    await engine.close();
  }
}
