import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { opaMissing, startOpa } from '../../test/servers/opa.ts';
import type { OpaServer } from '../../test/servers/opa.ts';
import { findTool } from '../../test/servers/tools.ts';
import { aReport } from '../report/builders.ts';
import { createOpaBinaryEngine } from './drivers/opa-binary.ts';
import { createOpaServerEngine } from './drivers/opa-server.ts';
import { driverSuite } from './drivers/driver-suite.ts';
import { createPolicyEngine } from './engine.ts';
import type { PolicyEngine } from './verdict.ts';

const missing = opaMissing();
const request = { source: 'package main\ndeny["a"] { true }', name: 'gate', report: aReport() };

describe.skipIf(missing !== undefined)(`every driver${missing === undefined ? '' : `: ${missing}`}`, () => {
  const foreign = 'package main\ndeny["of somebody else"] { true }\nx = "of somebody else" { true }';
  let server: OpaServer;
  beforeAll(async () => {
    server = await startOpa({ modules: [foreign] });
  });
  afterAll(() => server.stop());

  driverSuite('our engine', () => createPolicyEngine());
  driverSuite('opa eval', () => createOpaBinaryEngine({ program: findTool('opa') ?? '' }));
  driverSuite('an OPA server that has a package main of its own', () =>
    createOpaServerEngine({ url: server.url }),
  );

  test('a server holds nothing of ours afterwards', async () => {
    const engine = createOpaServerEngine({ url: server.url });
    await engine.evaluate(request);
    const stuck = engine.evaluate({
      ...request,
      source:
        'package main\ndeny["a"] { numbers.range(1, 100000)[a]; numbers.range(1, 100000)[b]; a + b == -1 }',
      limits: { timeMs: 200 },
    });
    await expect(stuck).rejects.toMatchObject({ code: 'PolicyTimeout' });
    await engine.close();
    const listed = await (await fetch(`${server.url}/v1/policies`)).text();
    expect(listed).toContain('of somebody else');
    expect(listed).not.toContain('scan_link');
  });

  test.each(['opa.runtime()', 'http.send({})'])('%s is refused even where nothing calls it', async (call) => {
    const source = `package main\nf(x) { ${call} }\ndeny["a"] { true }`;
    const engines = [
      createOpaServerEngine({ url: server.url }),
      createOpaBinaryEngine({ program: findTool('opa') ?? '' }),
    ];
    for (const engine of engines) {
      await expect(engine.evaluate({ ...request, source })).rejects.toMatchObject({
        code: 'PolicyBuiltinError',
        where: { line: 2, column: 8 },
      });
    }
  });

  test('a schema elsewhere is not fetched by opa eval', async () => {
    const engine = createOpaBinaryEngine({ program: findTool('opa') ?? '' });
    const source = 'package main\ndeny["a"] { json.match_schema({}, {"$ref": "http://127.0.0.1:1/x"}) }';
    await expect(engine.evaluate({ ...request, source })).rejects.toMatchObject({
      code: 'PolicyBuiltinError',
    });
  });

  test('opa eval is killed for its memory', async () => {
    const engine = createOpaBinaryEngine({ program: findTool('opa') ?? '' });
    const source =
      'package main\nall := [x | i := numbers.range(1, 9000000)[_]; x := {"a": i, "b": [i, i]}]\ndeny["a"] { all[_].a == -1 }';
    const limits = { memoryBytes: 64 * 1024 * 1024, timeMs: 60_000 };
    await expect(engine.evaluate({ ...request, source, limits })).rejects.toMatchObject({
      code: 'PolicyMemoryExceeded',
      message: 'policy gate needed more than 64 MiB of memory',
    });
  });

  test('a server that wants a token gets it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'scan-link-token-'));
    const guarded = await startOpa({ token: 'open-sesame' });
    try {
      await writeFile(join(folder, 'token'), 'open-sesame\n');
      const engine = createOpaServerEngine({ url: guarded.url, tokenFile: join(folder, 'token') });
      expect((await engine.evaluate(request)).violationCount).toBe(1);
      const without = createOpaServerEngine({ url: guarded.url });
      await expect(without.evaluate(request)).rejects.toMatchObject({
        code: 'PolicyEngineUnavailable',
        retry: 'retryable',
      });
    } finally {
      await guarded.stop();
      await rm(folder, { recursive: true });
    }
  });

  test('a server that reads policies as v1 is said so', async () => {
    const modern = await startOpa({ regoVersion: 1 });
    try {
      const engine = createOpaServerEngine({ url: modern.url });
      await expect(engine.evaluate(request)).rejects.toThrow(/run it with --v0-compatible/);
    } finally {
      await modern.stop();
    }
  });
});

describe('an OPA that cannot be asked is no verdict', () => {
  const refuses = async (engine: PolicyEngine): Promise<void> => {
    await expect(engine.evaluate(request)).rejects.toMatchObject({
      code: 'PolicyEngineUnavailable',
      retry: 'retryable',
    });
  };

  test('no such program, and one that is no OPA', async () => {
    await refuses(createOpaBinaryEngine({ program: '/no/such/opa' }));
    await refuses(createOpaBinaryEngine({ program: '/bin/true' }));
    await refuses(createOpaBinaryEngine({ program: '/bin/echo' }));
  });

  test('no server', () => refuses(createOpaServerEngine({ url: 'http://127.0.0.1:1' })));

  test.each([
    [200, '{}', 'PolicyResultInvalid'],
    [200, 'no JSON', 'PolicyEngineUnavailable'],
    [200, '{"result":"yes"}', 'PolicyResultInvalid'],
    [302, '', 'PolicyEngineUnavailable'],
    [500, '{"code":"internal_error","message":"out of luck"}', 'PolicyEngineUnavailable'],
    [500, '{"message":"odd","errors":[]}', 'PolicyEngineUnavailable'],
  ])('a server that evaluates to %i %s', async (status, body, code) => {
    const odd = createServer((question, reply) => {
      question.resume();
      reply.writeHead(question.method === 'POST' ? status : 200);
      reply.end(question.method === 'POST' ? body : '{}');
    });
    await new Promise<void>((resolve) => void odd.listen(0, '127.0.0.1', resolve));
    const address = odd.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const engine = createOpaServerEngine({ url: `http://127.0.0.1:${port}` });
    await expect(engine.evaluate(request)).rejects.toMatchObject({ code });
    odd.closeAllConnections();
    odd.close();
  });
});
