import { afterAll, expect, test } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import type { PolicyEngine } from '../../policy/index.ts';
import { aReport } from '../../report/builders.ts';
import { policyEngineOf } from './policy-engine.ts';

const open: PolicyEngine[] = [];
afterAll(() => Promise.all(open.map((engine) => engine.close())));

function engineOf(flags: Record<string, string>): PolicyEngine {
  const engine = policyEngineOf(loadConfig({ flags, env: {} }));
  open.push(engine);
  return engine;
}

const request = { source: 'package main\ndeny["a"] { true }', name: 'gate', report: aReport() };

test('ours, where nothing is said', async () => {
  expect((await engineOf({}).evaluate(request)).violationCount).toBe(1);
});

test.each([
  ['opa-server', 'policy.opaUrl', 'http://127.0.0.1:1'],
  ['opa-binary', 'policy.opaBinary', '/no/such/opa'],
])('%s, and never ours in its place', async (engine, key, value) => {
  const failing = engineOf({ 'policy.engine': engine, [key]: value }).evaluate(request);
  await expect(failing).rejects.toMatchObject({ code: 'PolicyEngineUnavailable' });
});

test.each([
  ['another name', { 'policy.engine': 'opa' }],
  ['a server without an address', { 'policy.engine': 'opa-server' }],
  [
    'a token over plain HTTP',
    {
      'policy.engine': 'opa-server',
      'policy.opaUrl': 'http://opa.example:8181',
      'policy.opaTokenFile': '/token',
    },
  ],
])('%s is refused', (_, flags) => {
  expect(() => engineOf(flags)).toThrow(expect.objectContaining({ code: 'ConfigInvalid' }));
});
