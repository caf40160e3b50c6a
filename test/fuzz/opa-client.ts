// The real OPA over REST: one policy at a time, under one name.
import { fromJson, isArray, RegoObject, toJson, type Value } from '../../src/rego/index.ts';
import { startOpa } from '../servers/opa.ts';
import { errorAnswer, type Answer } from './compare.ts';
import { baseText } from './values.ts';

export interface OpaClient {
  /** `compiled`, or the codes of the errors. */
  compile(module: string): Promise<Answer>;
  /** The document at the path below `data`. */
  evaluate(path: readonly string[], input: string, strict: boolean): Promise<Answer>;
  stop(): Promise<void>;
}

/** Starts an OPA of its own, which holds `data.base`. */
export async function startOpaClient(regoVersion: 0 | 1): Promise<OpaClient> {
  const { url, stop } = await startOpa({ regoVersion });
  await request(`${url}/v1/data/base`, 'PUT', baseText);
  return {
    compile: async (module) => {
      const { ok, body } = await request(`${url}/v1/policies/fuzz`, 'PUT', module);
      return ok ? 'compiled' : codesOf(body);
    },
    evaluate: async (path, input, strict) => {
      const query = strict ? '?strict-builtin-errors' : '';
      const { ok, body } = await request(
        `${url}/v1/data/${path.join('/')}${query}`,
        'POST',
        `{"input": ${input}}`,
      );
      if (!ok) return codesOf(body);
      const result = member(body, 'result');
      return result === undefined ? 'undefined' : toJson(result);
    },
    stop,
  };
}

async function request(url: string, method: string, body: string): Promise<{ ok: boolean; body: Value }> {
  const answer = await fetch(url, { method, body });
  const text = await answer.text();
  return { ok: answer.ok, body: text.trim() === '' ? null : fromJson(text) };
}

function member(value: Value, key: string): Value | undefined {
  return value instanceof RegoObject ? value.get(key) : undefined;
}

function codesOf(body: Value): Answer {
  const errors = member(body, 'errors');
  if (!isArray(errors)) return `refused: ${toJson(body)}`;
  return errorAnswer(errors.map((each) => textOf(member(each, 'code'))));
}

function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : 'no code';
}
