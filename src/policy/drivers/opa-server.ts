/** Judges reports by an OPA server, over its REST API. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { PolicyProblem, timeFailure } from '../failures.ts';
import type { PolicyEngine, PolicyLimits } from '../verdict.ts';
import { driverCalls } from './driver-calls.ts';
import { isolate } from './isolate.ts';
import type { Isolated } from './isolate.ts';
import { askOpa, checkAddress } from './opa-client.ts';
import type { OpaAddress, OpaReply } from './opa-client.ts';
import { opaErrors, problemOf, unavailable } from './opa-errors.ts';
import { askModule, inputText, verdictOfAnswer } from './question.ts';
import { readPolicy } from './source.ts';
import type { PolicySource } from './source.ts';

export interface OpaServerOptions extends OpaAddress {
  /** For requests that name none; default 10 s. The server's memory is its own affair. */
  limits?: Pick<PolicyLimits, 'timeMs'>;
  /** Evaluations at the same time; default 4. Further ones wait. */
  requests?: number;
}

/** For what is no evaluation: to store a module and to delete it. */
const housekeepingMs = 10_000;

const reply = z.object({ result: z.unknown() });
const refusal = z.object({ code: z.string().optional(), message: z.string(), errors: opaErrors.optional() });

/** One evaluation's modules on the server. */
interface Stored {
  root: string;
  policy: string;
  ask: string;
}

/**
 * An engine over a server of OPA 1.x that runs with `--v0-compatible`. Each evaluation stores the policy under a root of
 * its own that nobody can guess, and deletes it when it is done, however it ended; what could not be deleted is tried again
 * with the next one. Throws `ScanLinkError` `ConfigInvalid` for an address that cannot be used.
 */
export function createOpaServerEngine(options: OpaServerOptions): PolicyEngine {
  checkAddress(options);
  const server = new OpaServer(options);
  const calls = driverCalls(options.requests ?? 4);
  return {
    evaluate: ({ source, name, report, limits, signal }) =>
      calls.run(async (both) => {
        const policy = readPolicy(source, name);
        const timeMs = limits?.timeMs ?? options.limits?.timeMs ?? 10_000;
        const input = `{"input":${inputText(policy.contract, report)}}`;
        const answer = await server.with(policy, both, (stored, isolated) =>
          server.evaluate(policy, stored, isolated, { input, timeMs, signal: both }),
        );
        return verdictOfAnswer(policy.contract, answer, report, name);
      }, signal),
    check: (source, name) =>
      calls.run(async (both) => {
        const policy = readPolicy(source, name);
        await server.with(policy, both, () => Promise.resolve(undefined));
        return { contract: policy.contract };
      }),
    close: async () => {
      calls.close();
      await server.cleaned();
    },
  };
}

class OpaServer {
  readonly #address: OpaAddress;
  /** Modules that are to go. */
  readonly #stale = new Set<string>();
  readonly #cleaning = new Set<Promise<void>>();

  constructor(address: OpaAddress) {
    this.#address = address;
  }

  /** Runs `work` while the policy is on the server, for nobody else to see. */
  async with<T>(
    policy: PolicySource,
    signal: AbortSignal,
    work: (stored: Stored, isolated: Isolated) => Promise<T>,
  ): Promise<T> {
    const id = `s${randomBytes(16).toString('hex')}`;
    const stored = { root: `scan_link.${id}`, policy: `scan-link/${id}/policy`, ask: `scan-link/${id}/ask` };
    const isolated = isolate(policy, stored.root);
    try {
      const asked = await this.#put(stored.ask, askModule(policy.contract, stored.root), signal);
      if (asked.status !== 200)
        throw unavailable(`it does not take Rego v0 (${wordsOf(asked)}); run it with --v0-compatible`);
      const put = await this.#put(stored.policy, isolated.source, signal);
      if (put.status !== 200) throw failureOf(put, policy, stored, isolated, 0);
      return await work(stored, isolated);
    } finally {
      this.#stale.add(stored.ask).add(stored.policy);
      const cleaning = this.#clean().finally(() => this.#cleaning.delete(cleaning));
      this.#cleaning.add(cleaning);
      await cleaning;
    }
  }

  /** The value of the question's rule; undefined when it has none. */
  async evaluate(
    policy: PolicySource,
    stored: Stored,
    isolated: Isolated,
    { input, timeMs, signal }: { input: string; timeMs: number; signal: AbortSignal },
  ): Promise<unknown> {
    const path = `/v1/data/${stored.root.replace('.', '/')}/ask/answer?strict-builtin-errors=true`;
    const late = new PolicyProblem(timeFailure(policy.name, timeMs));
    const answer = await this.#ask('POST', path, input, signal, timeMs, late);
    if (answer.status !== 200) throw failureOf(answer, policy, stored, isolated, timeMs);
    const parsed = reply.partial().safeParse(answer.body);
    if (!parsed.success) throw unavailable('the server answered something else than a result');
    return parsed.data.result;
  }

  /** When nothing is being deleted any more. */
  async cleaned(): Promise<void> {
    await Promise.allSettled(this.#cleaning);
  }

  #put(module: string, source: string, signal: AbortSignal): Promise<OpaReply> {
    return this.#ask('PUT', `/v1/policies/${module}`, source, signal, housekeepingMs);
  }

  /** Aborting a request makes OPA stop the evaluation. */
  async #ask(
    method: 'PUT' | 'POST' | 'DELETE',
    path: string,
    body: string,
    signal: AbortSignal | undefined,
    timeMs: number,
    late: PolicyProblem = unavailable(`the server did not answer within ${timeMs} ms`),
  ): Promise<OpaReply> {
    const clock = new AbortController();
    const timer = setTimeout(() => clock.abort(late), timeMs);
    try {
      const both = signal ? AbortSignal.any([signal, clock.signal]) : clock.signal;
      return await askOpa(this.#address, method, path, body, both);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Deletes what is to go; what fails stays for the next time. */
  async #clean(): Promise<void> {
    const modules = [...this.#stale];
    for (const module of modules) this.#stale.delete(module);
    const remove = async (module: string): Promise<void> => {
      try {
        const { status } = await this.#ask('DELETE', `/v1/policies/${module}`, '', undefined, housekeepingMs);
        if (status !== 200 && status !== 404) this.#stale.add(module);
      } catch {
        this.#stale.add(module); // the verdict stands without it
      }
    };
    await Promise.all(modules.map(remove));
  }
}

function failureOf(
  answer: OpaReply,
  policy: PolicySource,
  stored: Stored,
  { place, words }: Isolated,
  timeMs: number,
): PolicyProblem {
  const parsed = refusal.safeParse(answer.body);
  if (!parsed.success || !parsed.data.errors) return unavailable(wordsOf(answer));
  return problemOf(parsed.data.errors, { ...policy, file: stored.policy, timeMs, place, words });
}

function wordsOf({ status, body }: OpaReply): string {
  const parsed = refusal.safeParse(body);
  const why = parsed.success
    ? `: ${(parsed.data.errors?.[0]?.message ?? parsed.data.message).slice(0, 500)}`
    : '';
  return `the server answered ${status}${why}`;
}
