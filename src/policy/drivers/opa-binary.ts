/** Judges reports by `opa eval`, one process an evaluation. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../lib/errors.ts';
import type { PolicyEngine, PolicyLimits } from '../verdict.ts';
import { driverCalls } from './driver-calls.ts';
import { opaErrors, problemOf, unavailable } from './opa-errors.ts';
import { askModule, inputText, verdictOfAnswer } from './question.ts';
import { runProgram } from './run-program.ts';
import { readPolicy } from './source.ts';
import type { PolicySource } from './source.ts';

export interface OpaBinaryOptions {
  /** Path of an `opa` of 1.x; it is started with an empty environment, so without a PATH to look it up in. */
  program: string;
  /** For requests that name none; default 10 s and 256 MiB. */
  limits?: PolicyLimits;
  /** Processes at the same time; default 2. Further evaluations wait. */
  processes?: number;
}

const policyFile = 'scan-link-policy.rego';
const capabilitiesFile = 'capabilities.json';

const evalOutput = z.object({
  result: z.array(z.object({ expressions: z.array(z.object({ value: z.unknown() })).min(1) })).optional(),
  errors: opaErrors.optional(),
});

/**
 * An engine whose policies run in `opa eval --v0-compatible --strict-builtin-errors`, killed at the limits of time and of
 * resident memory. The process gets an empty environment, and capabilities without hosts: no policy reaches the network.
 */
export function createOpaBinaryEngine(options: OpaBinaryOptions): PolicyEngine {
  const binary = new OpaBinary(options);
  const calls = driverCalls(options.processes ?? 2);
  return {
    evaluate: ({ source, name, report, limits, signal }) =>
      calls.run(async (both) => {
        const policy = readPolicy(source, name);
        const input = inputText(policy.contract, report);
        const answer = await binary.ask(policy, 'data.ask.answer', { input, limits, signal: both });
        return verdictOfAnswer(policy.contract, answer, report, name);
      }, signal),
    check: (source, name) =>
      calls.run(async (both) => {
        const policy = readPolicy(source, name);
        await binary.ask(policy, 'true', { input: '{}', signal: both });
        return { contract: policy.contract };
      }),
    close: () => {
      calls.close();
      return Promise.resolve();
    },
  };
}

interface Question {
  input: string;
  limits?: PolicyLimits;
  signal: AbortSignal;
}

class OpaBinary {
  readonly #options: OpaBinaryOptions;
  #capabilities: string | undefined;

  constructor(options: OpaBinaryOptions) {
    this.#options = options;
  }

  /** The value of `query` with the policy and its `ask` module loaded; undefined when it has none. */
  async ask(policy: PolicySource, query: string, { input, limits, signal }: Question): Promise<unknown> {
    const { program, limits: own } = this.#options;
    const timeMs = limits?.timeMs ?? own?.timeMs ?? 10_000;
    const memoryBytes = limits?.memoryBytes ?? own?.memoryBytes ?? 256 * 1024 * 1024;
    const capabilities = await this.#withoutHosts(signal);
    const folder = await mkdtemp(join(tmpdir(), 'scan-link-policy-')).catch(noRoom);
    try {
      const files = [
        [policyFile, policy.source],
        ['ask.rego', askModule(policy.contract, '')],
        [capabilitiesFile, capabilities],
      ] as const;
      for (const [file, text] of files) await writeFile(join(folder, file), text).catch(noRoom);
      const flags = ['eval', '--format=json', '--v0-compatible', '--strict-builtin-errors', '--stdin-input'];
      const loaded = ['--capabilities', capabilitiesFile, '--data', policyFile, '--data', 'ask.rego'];
      const text = await runProgram(program, [...flags, ...loaded, query], {
        name: policy.name,
        folder,
        input,
        timeMs,
        memoryBytes,
        signal,
      });
      return valueOf(text, policy, timeMs);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** What this OPA can do, but for reaching anything (OPA's documentation, "Capabilities", `allow_net`). */
  async #withoutHosts(signal: AbortSignal): Promise<string> {
    if (this.#capabilities !== undefined) return this.#capabilities;
    const text = await runProgram(this.#options.program, ['capabilities', '--current', '--v0-compatible'], {
      name: '',
      folder: tmpdir(),
      input: '',
      timeMs: 30_000,
      memoryBytes: 512 * 1024 * 1024,
      signal,
    });
    const known = z.looseObject({ builtins: z.array(z.unknown()) }).safeParse(jsonOf(text));
    if (!known.success) throw unavailable(`${this.#options.program} does not tell its capabilities`);
    return (this.#capabilities = JSON.stringify({ ...known.data, allow_net: [] }));
  }
}

function noRoom(error: unknown): never {
  throw unavailable(`the folder for temporary files cannot be used: ${messageOf(error)}`);
}

function valueOf(text: string, policy: PolicySource, timeMs: number): unknown {
  const output = evalOutput.safeParse(jsonOf(text));
  if (!output.success) throw unavailable('opa eval printed something else than a result or errors');
  const { errors, result } = output.data;
  if (errors) throw problemOf(errors, { ...policy, file: policyFile, timeMs });
  return result?.[0]?.expressions[0]?.value;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unavailable(`opa printed no JSON: ${messageOf(error)}`);
  }
}
