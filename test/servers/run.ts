import { execFile } from 'node:child_process';

export type Ran = { code: number; stdout: string; stderr: string };

/** Runs a program to its end, whatever its exit code (a signal counts as 128). Throws when it cannot be started. */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string; timeoutMs?: number } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      {
        cwd: options.cwd,
        env: options.env,
        timeout: options.timeoutMs ?? 120_000,
        maxBuffer: 256 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : (error.code ?? 128);
        if (typeof code === 'string') return reject(error ?? new Error(code));
        resolve({ code, stdout, stderr });
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
  });
}

/** As `run`, and throws with stderr when the exit code is not 0; resolves with stdout. */
export async function runOk(...call: Parameters<typeof run>): Promise<string> {
  const { code, stdout, stderr } = await run(...call);
  if (code === 0) return stdout;
  throw new Error(`${call[0]} ${call[1].join(' ')} ended with exit code ${code}: ${stderr.trim()}`);
}
