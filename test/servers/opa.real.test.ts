import { readFileSync } from 'node:fs';

import { afterEach, describe, expect, it } from 'vitest';

import { opaEval, opaMissing, startOpa, type OpaServer } from './opa.ts';
import { findBuiltFile } from './tools.ts';

const missing = opaMissing();

describe.skipIf(missing !== undefined)(`opa eval${missing ? ` (${missing})` : ''}`, () => {
  it('gives the values of the query', async () => {
    const answer = await opaEval({
      query: 'data.main.deny',
      modules: ['package main\ndeny[m] { input.items[_] > data.limit; m := "too much" }'],
      input: { items: [1, 5] },
      data: { limit: 4 },
    });
    expect(answer.result?.[0]?.expressions[0]?.value).toEqual(['too much']);
  });

  it.each([
    { regoVersion: 0 as const, parses: true },
    { regoVersion: 1 as const, parses: false },
  ])('reads rules without `if` as version $regoVersion: $parses', async ({ regoVersion, parses }) => {
    const answer = await opaEval({ query: 'data.a.b', modules: ['package a\nb { true }'], regoVersion });
    expect(answer.errors === undefined).toBe(parses);
    if (!parses) expect(answer.errors?.[0]?.code).toBe('rego_parse_error');
  });

  it('leaves an undefined answer without a result', async () => {
    expect((await opaEval({ query: 'data.nothing' })).result).toBeUndefined();
  });

  it('says builtin errors only when it is strict', async () => {
    expect(await opaEval({ query: '1 / 0' })).toEqual({});
    const strict = await opaEval({ query: '1 / 0', strictErrors: true });
    expect(strict.errors?.[0]?.code).toBe('eval_builtin_error');
  });
});

describe.skipIf(missing !== undefined)('opa run --server', () => {
  let server: OpaServer | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  it('answers over its REST interface', async () => {
    server = await startOpa({ modules: ['package main\ndeny["no"] { input.bad }'] });
    const answer = await post(`${server.url}/v1/data/main/deny`, { input: { bad: true } });
    expect(await answer.json()).toMatchObject({ result: ['no'] });
  });

  it('wants the token', async () => {
    server = await startOpa({ token: 'hunter2' });
    const url = `${server.url}/v1/data`;
    expect((await post(url, {})).status).toBe(401);
    expect((await post(url, {}, { authorization: 'Bearer hunter2' })).status).toBe(200);
  });

  function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(url, { method: 'POST', body: JSON.stringify(body), headers });
  }
});

const casesMissing = findBuiltFile('v1.json') === undefined ? ' (skipped, opa-cases are not built)' : '';

describe.skipIf(casesMissing !== '')(`the published cases${casesMissing}`, () => {
  it.each([
    { file: 'v0.json', count: 2027 },
    { file: 'v1.json', count: 2400 },
  ])('$file holds $count', ({ file, count }) => {
    const text = readFileSync(findBuiltFile(file) ?? '', 'utf8');
    const { cases } = JSON.parse(text) as { cases: { note: string }[] };
    expect(cases).toHaveLength(count);
    expect(cases.every((each) => typeof each.note === 'string')).toBe(true);
  });
});
