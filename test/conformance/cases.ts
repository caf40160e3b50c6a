// One case of OPA's suite: how it is read, run and compared.
import {
  compile,
  equal,
  fromJson,
  isArray,
  RegoErrors,
  RegoObject,
  toJson,
  type QueryResult,
  type Value,
} from '../../src/rego/index.ts';

export interface Case {
  readonly note: string;
  readonly members: RegoObject;
}

export interface Outcome {
  readonly passed: boolean;
  readonly detail: string;
}

/** Reads `{"cases": […]}` without loss. */
export function readCases(text: string): Case[] {
  const document = fromJson(text);
  const list = document instanceof RegoObject ? document.get('cases') : undefined;
  if (!isArray(list)) throw new Error('the file holds no list "cases"');
  return list.map((item) => {
    if (!(item instanceof RegoObject)) throw new Error('a case is an object');
    return { note: text_(item.get('note')), members: item };
  });
}

function text_(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function compareCase({ members }: Case, version: 0 | 1): Outcome {
  const wantCode = text_(members.get('want_error_code'));
  const wantError = text_(members.get('want_error'));
  const wantsError = wantCode !== '' || wantError !== '';
  let results: QueryResult[];
  try {
    results = run(members, version);
  } catch (error) {
    if (!(error instanceof RegoErrors)) {
      const stack = error instanceof Error ? error.stack?.split('\n').slice(0, 3).join(' ') : '';
      return { passed: false, detail: `crashed: ${stack}` };
    }
    return compareError(error, wantsError, wantCode, wantError);
  }
  if (wantsError) return { passed: false, detail: `wanted ${wantCode} ${wantError}, got ${show(results)}` };
  return compareResults(results, members);
}

function run(members: RegoObject, version: 0 | 1): QueryResult[] {
  const modules = members.get('modules');
  const sources = (isArray(modules) ? modules : []).map((source, index) => ({
    name: `test-${index}.rego`,
    source: text_(source),
  }));
  const policy = compile(sources, { regoVersion: version });
  const inputTerm = members.get('input_term');
  const input = typeof inputTerm === 'string' ? termValue(inputTerm) : members.get('input');
  return policy.query(text_(members.get('query'))).evaluate({
    ...(input !== undefined && { input }),
    data: members.get('data') ?? new RegoObject(),
    strictBuiltinErrors: members.get('strict_error') === true,
  });
}

function termValue(term: string): Value | undefined {
  return compile([]).query(`x = ${term}`).evaluate()[0]?.bindings.get('x');
}

function compareError(error: RegoErrors, wanted: boolean, code: string, message: string): Outcome {
  const text = error.errors
    .map((item) => `${item.file}:${item.row}: ${item.code}: ${item.message}`)
    .join('\n');
  if (!wanted) return { passed: false, detail: `unexpected error ${text}` };
  const codeFits = code === '' || error.errors.some((item) => item.code === code);
  const passed = codeFits && text.includes(message);
  return { passed, detail: passed ? '' : `wanted ${code} ${message}, got ${text}` };
}

function compareResults(results: readonly QueryResult[], members: RegoObject): Outcome {
  const want = members.get('want_result');
  if (!isArray(want)) {
    const defined = members.get('want_defined');
    const passed = defined === undefined || defined === results.length > 0;
    return {
      passed,
      detail: passed ? '' : `wanted ${defined === true ? 'an answer' : 'none'}, got ${show(results)}`,
    };
  }
  const sorts = members.get('sort_bindings') === true;
  const got = bindingsOf(results);
  const passed = equal(normal(got, sorts), normal(fromJson(toJson(want)), sorts));
  return { passed, detail: passed ? '' : `wanted ${toJson(want)}, got ${toJson(got)}` };
}

/** What JSON makes of the answers. */
function bindingsOf(results: readonly QueryResult[]): Value {
  return fromJson(toJson(results.map((result) => RegoObject.from(result.bindings))));
}

/** Answers come in no order of their own; arrays in them are sorted where the case says so. */
function normal(value: Value, sorts: boolean): Value {
  if (!isArray(value)) return value;
  const items = sorts ? value.map((item) => sortedBindings(item)) : value;
  return [...items].sort((a, b) => (toJson(a) < toJson(b) ? -1 : 1));
}

function sortedBindings(value: Value): Value {
  if (!(value instanceof RegoObject)) return value;
  return RegoObject.from(
    [...value.entries()].map(([key, item]) => [
      key,
      isArray(item) ? [...item].sort((a, b) => (toJson(a) < toJson(b) ? -1 : 1)) : item,
    ]),
  );
}

function show(results: readonly QueryResult[]): string {
  return toJson(bindingsOf(results));
}
