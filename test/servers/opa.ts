import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { z } from 'zod';

import { freePorts } from './ports.ts';
import { startProcess, waitUntilReady } from './server-process.ts';
import { findTool, missingTools } from './tools.ts';

/** A sentence why OPA cannot be run on this machine, or undefined when it can. */
export function opaMissing(): string | undefined {
  return missingTools('opa');
}

export type OpaQuestion = {
  query: string;
  /** Rego modules; each becomes a file `module-N.rego`. */
  modules?: readonly string[];
  input?: unknown;
  data?: unknown;
  /** Version of the syntax of modules without `import rego.v1`. Default 0. */
  regoVersion?: 0 | 1;
  /** Makes builtin errors end the evaluation, as `--strict-builtin-errors`. */
  strictErrors?: boolean;
  timeoutMs?: number;
};

const evalOutput = z.object({
  result: z
    .array(
      z.object({
        expressions: z.array(z.object({ value: z.unknown(), text: z.string().optional() })),
        bindings: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .optional(),
  errors: z
    .array(z.object({ message: z.string(), code: z.string().optional(), location: z.unknown().optional() }))
    .optional(),
});

/** What `opa eval --format json` prints; no `result` means undefined. */
export type OpaAnswer = z.infer<typeof evalOutput>;

/** Runs `opa eval` once. Errors of the policy are in the answer, not thrown. */
export async function opaEval(question: OpaQuestion): Promise<OpaAnswer> {
  const directory = await mkdtemp(path.join(tmpdir(), 'scan-link-opa-'));
  try {
    const args = [
      'eval',
      '--format=json',
      question.regoVersion === 1 ? '--v1-compatible' : '--v0-compatible',
    ];
    if (question.strictErrors) args.push('--strict-builtin-errors');
    for (const [index, source] of (question.modules ?? []).entries()) {
      args.push('--data', await put(directory, `module-${index}.rego`, source));
    }
    if (question.data !== undefined) {
      args.push('--data', await put(directory, 'data.json', JSON.stringify(question.data)));
    }
    if (question.input !== undefined) {
      args.push('--input', await put(directory, 'input.json', JSON.stringify(question.input)));
    }
    const text = await runOpa([...args, question.query], question.timeoutMs ?? 60_000);
    return evalOutput.parse(JSON.parse(text));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export type OpaServer = { url: string; pid: number; stop: () => Promise<void> };

/**
 * Starts `opa run --server` on a free port of 127.0.0.1 and waits for its health endpoint.
 * `token`, where given, is what every request must bear; the rule is `system.authz` of its own.
 */
export async function startOpa(
  options: { modules?: readonly string[]; regoVersion?: 0 | 1; token?: string } = {},
): Promise<OpaServer> {
  const directory = await mkdtemp(path.join(tmpdir(), 'scan-link-opa-'));
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const args = ['run', '--server', `--addr=127.0.0.1:${port}`, '--log-level=error', '--disable-telemetry'];
  args.push(options.regoVersion === 1 ? '--v1-compatible' : '--v0-compatible');
  if (options.token !== undefined) {
    args.push('--authentication=token', '--authorization=basic');
    args.push(await put(directory, 'authz.rego', authorization(options.token)));
  }
  for (const [index, source] of (options.modules ?? []).entries()) {
    args.push(await put(directory, `module-${index}.rego`, source));
  }
  const logFile = path.join(directory, 'opa.log');
  const server = await startProcess({ name: 'opa', program: program(), args, logFile });
  try {
    await waitUntilReady(server, async () => (await fetch(`${url}/health`)).ok, 60_000);
  } catch (error) {
    await server.kill();
    throw error;
  }
  return {
    url,
    pid: server.pid,
    stop: async () => {
      await server.kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function authorization(token: string): string {
  return [
    'package system.authz',
    'default allow = false',
    `allow { input.identity == ${JSON.stringify(token)} }`,
    'allow { input.path == ["health"] }',
    '',
  ].join('\n');
}

async function put(directory: string, name: string, text: string): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, text);
  return file;
}

function program(): string {
  const opa = findTool('opa');
  if (opa === undefined) throw new Error(opaMissing());
  return opa;
}

/** stdout of opa; exit codes 1 and 2 are policies that failed, and still print JSON. */
function runOpa(args: readonly string[], timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: timeoutMs, maxBuffer: 256 * 1024 * 1024 };
    execFile(program(), args, limits, (error, stdout, stderr) => {
      if (stdout.trim() !== '') return resolve(stdout);
      reject(new Error(`opa ${args[0]} printed nothing: ${stderr.trim()}`, { cause: error }));
    });
  });
}
