import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { catalog, serverDirectory } from './catalog.ts';

const script = path.join(import.meta.dirname, 'build.ts');

describe('building servers', () => {
  let root: string;
  let tools: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'scan-link-build-'));
    tools = path.join(root, 'tools');
    await mkdir(path.join(root, 'bin'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** A stand-in for Go: `go build -o FILE …` leaves FILE and a line in `calls`; the rest does nothing. */
  const installGo = (extra = ''): Promise<void> =>
    writeFile(
      path.join(root, 'bin', 'go'),
      `#!/bin/sh
echo "$1 CGO=$CGO_ENABLED" >> "${root}/calls"
${extra}
[ "$1" = build ] || exit 0
while [ "$1" != -o ]; do shift; done
echo program > "$2"
`,
      { mode: 0o755 },
    );

  const build = (
    names: string[],
    onText: (text: string) => void = () => {},
  ): Promise<{ code: number | null; text: string }> =>
    new Promise((resolve) => {
      const env = { ...process.env, SCANLINK_TOOLS_DIR: tools, PATH: `${path.join(root, 'bin')}:/bin` };
      const child = spawn(process.execPath, [script, ...names], { env });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          onText(chunk);
        });
      }
      child.once('close', (code) => resolve({ code, text }));
    });

  it('says in a sentence that Go is missing', async () => {
    const { code, text } = await build(['opa']);
    expect(code).toBe(1);
    expect(text).toBe(
      'Go is not on the PATH, and opa must be built with it: install Go 1.26 or newer, then run this again.\n',
    );
  });

  it('refuses a name it does not know, and lists those it does', async () => {
    const { code, text } = await build(['opa', 'nope']);
    expect(code).toBe(2);
    expect(text).toContain('unknown: nope. Known: opa, opa-cases, kubernetes, etcd, osv-scanner.');
  });

  it('builds once, statically, and leaves nothing beside', async () => {
    await installGo();
    expect(await build(['opa'])).toMatchObject({
      code: 0,
      text: expect.stringContaining('opa 1.22.2: built in'),
    });
    expect(await readdir(serverDirectory('opa', tools))).toEqual(['opa']);
    expect((await readdir(tools)).sort()).toEqual(['logs', 'opa-1.22.2']);
    const calls = await readFile(path.join(root, 'calls'), 'utf8');
    expect(calls).toContain('build CGO=0');

    expect(await build(['opa'])).toMatchObject({
      code: 0,
      text: expect.stringContaining('opa 1.22.2: there'),
    });
    expect(await readFile(path.join(root, 'calls'), 'utf8')).toBe(calls);
  });

  it('of two builders at once one waits, and finds it built', async () => {
    const gate = path.join(root, 'gate');
    await installGo(`[ "$1" != build ] || while [ ! -e "${gate}" ]; do sleep 0.01; done`);
    const waiting: string[] = [];
    const onText = (text: string): void => {
      if (text.includes('another builder is at it')) waiting.push(text);
    };
    const builders = [build(['etcd'], onText), build(['etcd'], onText)];
    await vi.waitFor(() => expect(waiting).toHaveLength(1), { timeout: 50_000 });
    await writeFile(gate, '');
    const results = await Promise.all(builders);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    const calls = await readFile(path.join(root, 'calls'), 'utf8');
    expect(calls.match(/^build/gm)).toHaveLength(1);
  });

  it('keeps the log of a failure, quotes its end, leaves no half build and goes on with the next', async () => {
    await installGo('case "$*" in build*etcd*) echo "undefined: magic" >&2; exit 3;; esac');
    const { code, text } = await build(['etcd', 'osv-scanner']);
    expect(code).toBe(1);
    expect(text).toContain('go build ended with exit code 3:\n  undefined: magic');
    expect(existsSync(serverDirectory('etcd', tools))).toBe(false);
    expect(existsSync(serverDirectory('osv-scanner', tools))).toBe(true);
    const log = await readFile(path.join(tools, 'logs', `etcd-${catalog.etcd.version}.log`), 'utf8');
    expect(log).toContain('$ go build');
    expect(log).toContain('undefined: magic');
  });
});
