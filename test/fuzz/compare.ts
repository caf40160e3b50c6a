// One case through both engines.
import {
  compile,
  fromJson,
  RegoErrors,
  RegoObject,
  toJson,
  type CompiledPolicy,
  type Value,
} from '../../src/rego/index.ts';
import type { FuzzCase } from './generate.ts';
import type { OpaClient } from './opa-client.ts';
import { baseText } from './values.ts';

/** JSON, `undefined`, or `error: code code`: two answers are the same when their texts are. */
export type Answer = string;

export interface Difference {
  readonly fuzzCase: FuzzCase;
  /** What was asked: `compile`, `data.fuzz` or a rule. */
  readonly question: string;
  readonly input?: string;
  readonly opa: Answer;
  readonly ours: Answer;
}

export interface Verdict {
  readonly differences: readonly Difference[];
  readonly compiled: boolean;
  readonly questions: number;
}

/** Steps after which our engine gives up: far more than any generated policy needs. */
const STEPS = 5_000_000;
const base = fromJson(baseText);

export function errorAnswer(codes: readonly string[]): Answer {
  return `error: ${[...new Set(codes)].sort().join(' ')}`;
}

/** The text of a JSON document with its numbers as they are written and its keys sorted. */
export function canonical(json: string): Answer {
  return toJson(fromJson(json));
}

export async function compareCase(opa: OpaClient, fuzzCase: FuzzCase): Promise<Verdict> {
  const theirs = opa.compile(fuzzCase.module);
  const compiled = attempt(() =>
    compile([{ name: 'fuzz.rego', source: fuzzCase.module }], { regoVersion: fuzzCase.version }),
  );
  const ours = typeof compiled === 'string' ? compiled : 'compiled';
  const compileAnswer = await theirs;
  if (!sameCompile(compileAnswer, ours)) {
    return verdict([{ fuzzCase, question: 'compile', opa: compileAnswer, ours }], false, 1);
  }
  if (typeof compiled === 'string') return verdict([], false, 1);
  const differences: Difference[] = [];
  let questions = 1;
  for (const input of fuzzCase.inputs) {
    const ask = async (path: readonly string[]): Promise<Difference | Answer> => {
      questions += 1;
      return compareQuestion(opa, compiled, fuzzCase, path, input);
    };
    const whole = await ask(['fuzz']);
    if (typeof whole !== 'string') differences.push(whole);
    // One error hides every other rule of the package: then each is asked for itself.
    if (typeof whole === 'string' && !whole.startsWith('error')) continue;
    for (const rule of fuzzCase.rules) {
      const single = await ask(['fuzz', rule]);
      if (typeof single !== 'string') differences.push(single);
    }
  }
  return verdict(differences, true, questions);
}

/**
 * OPA goes on after some errors and then names more of them than we do: ours must be among OPA's, and there must
 * be one of ours whenever there is one of OPA's.
 */
function sameCompile(opa: Answer, ours: Answer): boolean {
  if (!opa.startsWith('error: ') || !ours.startsWith('error: ')) return opa === ours;
  const codes = new Set(opa.split(' '));
  return ours.split(' ').every((code) => codes.has(code));
}

function verdict(differences: readonly Difference[], compiled: boolean, questions: number): Verdict {
  return { differences, compiled, questions };
}

async function compareQuestion(
  client: OpaClient,
  policy: CompiledPolicy,
  fuzzCase: FuzzCase,
  path: readonly string[],
  input: string,
): Promise<Difference | Answer> {
  const { strict } = fuzzCase;
  const theirs = client.evaluate(path, input, strict);
  const question = ['data', ...path].join('.');
  const ours = attempt(() => evaluate(policy, question, input, strict));
  const opa = await theirs;
  return opa === ours ? opa : { fuzzCase, question, input, opa, ours };
}

function evaluate(policy: CompiledPolicy, query: string, input: string, strict: boolean): Answer {
  const [result] = policy.query(query).evaluate({
    input: fromJson(input),
    data: RegoObject.from([['base', base] satisfies [string, Value]]),
    strictBuiltinErrors: strict,
    limits: { steps: STEPS },
  });
  const value = result?.expressions[0]?.value;
  return value === undefined ? 'undefined' : canonical(toJson(value));
}

/** The value, or the errors as an answer; what is neither is a crash, and no answer of OPA's equals it. */
function attempt<T>(step: () => T): T | Answer {
  try {
    return step();
  } catch (error) {
    if (error instanceof RegoErrors) return errorAnswer(error.errors.map(({ code }) => code));
    return `crash: ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** A difference for people: everything needed to see it again. */
export function describeDifference({ fuzzCase, question, input, opa, ours }: Difference): string {
  return [
    `--- seed ${fuzzCase.seed}, version ${fuzzCase.version}: ${question}${fuzzCase.strict ? ' (strict builtin errors)' : ''}`,
    fuzzCase.module.trimEnd(),
    ...(input === undefined ? [] : [`input: ${input}`]),
    `opa:  ${opa}`,
    `ours: ${ours}`,
  ].join('\n');
}
