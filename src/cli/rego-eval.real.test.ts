/** Every query through `opa eval` and through us: the same output to the byte, and the same exit code. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTool, missingTools } from '../../test/servers/tools.ts';
import { scanlink } from './testing/run-program.ts';

const missing = missingTools('opa');
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'scanlink-rego-'));
  const files = {
    'policy.rego':
      'package main\n\ndeny[msg] {\n  v := input.vulnerabilities[_]\n  v.severity == "High"\n  msg := sprintf("%s <is> high", [v.id])\n}\n',
    'broken.rego': 'package main\ndeny[msg] {\n  msg := \n}\n',
    'unsafe.rego': 'package main\ndeny["a"] {\n  x > 1\n}\n',
    'v1.rego': 'package main\n\ndeny contains msg if {\n  some msg in ["a", "b"]\n}\n',
    'input.json':
      '{"vulnerabilities": [{"id": "CVE-1", "severity": "High", "score": 1.50}, {"id": "CVE-2", "severity": "Low"}]}',
    'data.json': '{"limits": {"high": 3, "big": 12345678901234567890}}',
    'data.yaml': 'names:\n  - a\n  - b\n',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const queries: readonly (readonly string[])[] = [
  ['1 + 1'],
  ['x := [1, {"a": 2}, "<s>"][_]; 1 == 1'],
  ['x := [1, {"a": 2}, "s"][_]', '--format', 'bindings'],
  ['x := [1, {"a": 2}, "s"][_]; y := x', '--format', 'raw'],
  ['[1, "<"]', '--format', 'values'],
  ['"text"', '--format', 'raw'],
  ['"text"', '--format', 'pretty'],
  ['x := [1, {"a": 2}, "s"][_]', '--format', 'pretty'],
  ['x := 1; y := 2; z := x + y; z', '--format', 'pretty'],
  ['1; 2', '--format', 'pretty'],
  ['true; true', '--format', 'pretty'],
  ['input.x', '--format', 'pretty'],
  ['input.x'],
  ['input.x', '--fail'],
  ['1', '--fail-defined'],
  ['1', '--format', 'discard'],
  ['{3, 1, 2}'],
  ['{"b": {1: 2}, "a": null}'],
  ['1e3'],
  ['data.main.deny', '--data', 'policy.rego', '--input', 'input.json'],
  ['data.main.deny', '--data', 'policy.rego', '--input', 'input.json', '--format', 'raw'],
  ['deny[x]', '--package', 'main', '--data', 'policy.rego', '--input', 'input.json'],
  ['input', '--input', 'input.json'],
  ['data', '--data', 'data.json', '--data', 'data.yaml'],
  ['data.limits.big + 1', '--data', 'data.json'],
  ['data.main', '--data', 'broken.rego'],
  ['data.main', '--data', 'broken.rego', '--format', 'pretty'],
  ['data.main', '--data', 'unsafe.rego'],
  ['data.main', '--data', 'unsafe.rego', '--format', 'values'],
  ['undefined_function(1)'],
  ['to_number("x")'],
  ['data.main.deny', '--data', 'v1.rego', '--v1-compatible'],
];

describe.skipIf(missing !== undefined)('rego eval answers as opa eval', () => {
  test.each(queries.map((args) => [args.join(' '), args] as const))('%s', async (_, args) => {
    const syntax = args.includes('--v1-compatible') ? [] : ['--v0-compatible'];
    const [ours, theirs] = await Promise.all([
      scanlink(['rego', 'eval', ...syntax, ...args], { cwd: folder }),
      opa(['eval', ...syntax, ...args]),
    ]);
    expect(ours.out).toBe(theirs.out);
    expect(ours.code).toBe(theirs.code);
    expect(ours.err).toBe(theirs.err);
  });

  test('a builtin error under --strict-builtin-errors is an error with its code', async () => {
    const run = await scanlink(['rego', 'eval', '--strict-builtin-errors', '1 / 0 == 1']);
    expect(run.code).toBe(2);
    expect(JSON.parse(run.out)).toMatchObject({
      errors: [{ code: 'eval_builtin_error', message: 'div: divide by zero' }],
    });
  });
});

function opa(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(findTool('opa') ?? 'opa', args, { cwd: folder }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}
