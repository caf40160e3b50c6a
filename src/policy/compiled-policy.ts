/** A policy compiled, and which of the two contracts of spec.md §7 it follows. */
import { createHash } from 'node:crypto';
import { compile, RegoErrors } from '../rego/index.ts';
import type { PreparedQuery } from '../rego/index.ts';
import { compileFailure, PolicyProblem } from './failures.ts';
import type { Verdict } from './verdict.ts';

export interface JudgingPolicy {
  contract: Verdict['contract'];
  query: PreparedQuery;
}

const contracts = [
  { contract: 'deny', package: 'main', rule: 'deny' },
  { contract: 'isCompliant', package: 'policies', rule: 'isCompliant' },
] as const;

/** Compiles `source`. Throws `PolicyProblem`; `name` is what its message shows. */
export function compilePolicy(source: string, name: string): JudgingPolicy {
  try {
    const compiled = compile([{ name, source }]);
    const { contract, rule, path } = contractOf(compiled.packages()[0] ?? '', compiled.rules(), name);
    return { contract, query: compiled.query(`x = data.${path}.${rule}`) };
  } catch (error) {
    if (error instanceof RegoErrors) throw new PolicyProblem(compileFailure(name, error));
    if (error instanceof RangeError) {
      const message = `policy ${name} does not compile: it is nested too deeply`;
      throw new PolicyProblem({ code: 'PolicyCompileError', message });
    }
    throw error;
  }
}

export interface Contract {
  contract: Verdict['contract'];
  rule: string;
  /** The package, without `data.`. */
  path: string;
}

/** As much of a rule as tells whether it keeps a contract; `kind` is `function` for one with arguments. */
export interface KnownRule {
  name: string;
  kind: string;
  row: number;
  col: number;
}

/** Which contract a policy of package `found` keeps. Throws `PolicyProblem`; `name` is what its message shows. */
export function contractOf(found: string, all: readonly KnownRule[], name: string): Contract {
  const known = contracts.find((one) => one.package === found);
  if (!known) {
    const message = `policy ${name} is of package "${found.slice(0, 100)}": package main with a rule deny, or package policies with a rule isCompliant, is known`;
    throw new PolicyProblem({ code: 'PolicyPackageUnknown', message, line: 1, column: 1 });
  }
  const rules = all.filter((one) => one.name === known.rule);
  const wrong = rules.find((one) => one.kind === 'function');
  if (rules.length > 0 && !wrong) return { contract: known.contract, rule: known.rule, path: known.package };
  const what = wrong ? `a function ${known.rule}, where a rule is wanted` : `no rule ${known.rule}`;
  const message = `policy ${name} is of package ${known.package} and has ${what}`;
  throw new PolicyProblem({
    code: 'PolicyRuleMissing',
    message,
    line: wrong?.row ?? 1,
    column: wrong?.col ?? 1,
  });
}

/** Compiled policies by the digest of their source; the least used one is let go first. */
export class PolicyCache {
  readonly #size: number;
  readonly #policies = new Map<string, JudgingPolicy>();

  constructor(size = 32) {
    this.#size = size;
  }

  /** As `compilePolicy`; a failure is not kept. */
  get(source: string, name: string): JudgingPolicy {
    const key = createHash('sha256').update(source).digest('base64');
    const policy = this.#policies.get(key) ?? compilePolicy(source, name);
    this.#policies.delete(key);
    this.#policies.set(key, policy);
    const [oldest] = this.#policies.keys();
    if (this.#policies.size > this.#size && oldest !== undefined) this.#policies.delete(oldest);
    return policy;
  }
}
