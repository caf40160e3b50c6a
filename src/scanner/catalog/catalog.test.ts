import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ScanLinkError } from '../../lib/errors.ts';
import { catalogFolder } from './catalog.ts';
import { catalogers } from './catalogers.ts';
import { aFile } from './testing.ts';
import { Tree, defaultTreeLimits } from './tree.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'scan-link-tree-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, content: string | Buffer): void {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), content);
}

/** `name@version at path`, sorted as found. */
async function found(): Promise<string[]> {
  const { packages } = await catalogFolder(root);
  return packages.map(({ name, version, location }) => `${name}@${version} at ${location.path}`);
}

describe('a folder', () => {
  test('every format is found by its name, in the order of paths', async () => {
    write('b/requirements.txt', 'a==1.0\n');
    write('go.mod', 'go 1.21\n');
    write('a/requirements-dev.txt', 'b==1.0\n');
    write('a/requirements/base.txt', 'c==1.0\n');
    write('a/notes.txt', 'd==1.0\n');
    expect(await found()).toEqual([
      'stdlib@1.21 at go.mod',
      'b@1.0 at a/requirements-dev.txt',
      'c@1.0 at a/requirements/base.txt',
      'a@1.0 at b/requirements.txt',
    ]);
  });

  test('what was installed, and version control, is passed over', async () => {
    for (const folder of ['node_modules/x', '.git', 'deep/node_modules', '.hg', '.svn'])
      write(`${folder}/go.mod`, 'go 1.0\n');
    expect(await catalogFolder(root)).toEqual({
      packages: [],
      files: 0,
      incomplete: ['no lock file or manifest of a known format was found'],
    });
  });

  test('formats that are not read yet are named', async () => {
    write('ruby/Gemfile.lock', 'GEM\n');
    write('yarn.lock', '# yarn\n');
    expect((await catalogFolder(root)).incomplete).toEqual([
      'yarn.lock: files of this format are not read yet',
      'ruby/Gemfile.lock: files of this format are not read yet',
    ]);
  });

  test('a broken file is a note, and the others are read', async () => {
    write('a/package-lock.json', '{"packages": ');
    write('b/go.mod', 'go 1.21\n');
    write('c/Cargo.lock', '[[package]\nx');
    const { packages, incomplete, files } = await catalogFolder(root);
    expect(packages).toHaveLength(1);
    expect(files).toBe(3);
    expect(incomplete).toHaveLength(2);
    expect(incomplete[0]).toMatch(/^a\/package-lock\.json: not read: .*JSON/);
    expect(incomplete[1]).toMatch(/^c\/Cargo\.lock: not read: Invalid TOML[^\n]*$/);
  });

  test.each<[string, () => Buffer]>([
    ['UTF-8 with a mark', () => Buffer.from('\ufeffa==1.0\n')],
    ['UTF-16, little end first', () => Buffer.from('\ufeffa==1.0\n', 'utf16le')],
    ['UTF-16, big end first', () => Buffer.from('\ufeffa==1.0\n', 'utf16le').swap16()],
  ])('%s is understood', async (_name, content) => {
    write('requirements.txt', content());
    expect(await found()).toEqual(['a@1.0 at requirements.txt']);
  });

  test('that is none, or not there, is an error', async () => {
    write('file', '');
    for (const name of ['absent', 'file']) {
      const error: unknown = await catalogFolder(path.join(root, name)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ScanLinkError);
      expect(error).toMatchObject({ code: 'ScannerFailed' });
    }
  });

  test('an abort is seen', async () => {
    write('go.mod', 'go 1.21\n');
    await expect(catalogFolder(root, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});

describe('links', () => {
  let outside: string;
  beforeEach(() => {
    outside = mkdtempSync(path.join(tmpdir(), 'scan-link-outside-'));
    writeFileSync(path.join(outside, 'go.mod'), 'go 1.21\nrequire secret v1.0.0\n');
    writeFileSync(path.join(outside, 'base.txt'), 'secret==1.0\n');
  });
  afterEach(() => rmSync(outside, { recursive: true, force: true }));

  test('are followed to files of the folder, and never out of it', async () => {
    write('real/go.mod', 'go 1.21\n');
    mkdirSync(path.join(root, 'link'));
    symlinkSync('../real/go.mod', path.join(root, 'link/go.mod'));
    symlinkSync(path.join(outside, 'go.mod'), path.join(root, 'go.mod'));
    symlinkSync(outside, path.join(root, 'folder'));
    symlinkSync('.', path.join(root, 'round'));
    expect(await found()).toEqual(['stdlib@1.21 at link/go.mod', 'stdlib@1.21 at real/go.mod']);
    expect((await catalogFolder(root)).incomplete).toEqual([
      'go.mod: is no file of this folder and was not read',
    ]);
  });

  test('-r leads nowhere else', async () => {
    symlinkSync(outside, path.join(root, 'out'));
    const targets = [
      path.join(outside, 'base.txt'),
      `../${path.basename(outside)}/base.txt`,
      'out/base.txt',
      '/etc/passwd',
      '..',
    ];
    write('requirements.txt', targets.map((target) => `-r ${target}\n`).join(''));
    const { packages, incomplete } = await catalogFolder(root);
    expect(packages).toEqual([]);
    expect(incomplete).toHaveLength(targets.length);
  });

  test('the folder itself may be one', async () => {
    symlinkSync(outside, path.join(root, 'go'));
    expect((await catalogFolder(path.join(root, 'go'))).packages).toHaveLength(2);
  });
});

test('pipes and unreadable files are notes', async () => {
  execFileSync('mkfifo', [path.join(root, 'go.mod')]);
  write('closed/Cargo.lock', '');
  chmodSync(path.join(root, 'closed/Cargo.lock'), 0o000);
  const { incomplete } = await catalogFolder(root);
  expect(incomplete[0]).toBe('go.mod: is no file of this folder and was not read');
  // root may read everything
  if (process.getuid?.() !== 0) expect(incomplete[1]).toMatch(/^closed\/Cargo\.lock: not read: EACCES/);
});

describe('limits', () => {
  test.each<[string, Partial<typeof defaultTreeLimits>, string[]]>([
    ['entries', { maxEntries: 3 }, ['the folder has more than 3 entries; the rest was not looked at']],
    ['depth', { maxDepth: 2 }, ['a/b: folders deeper than this were not looked at']],
    ['none reached', {}, []],
  ])('%s', (_name, limits, expected) => {
    write('a/b/c/d/go.mod', '');
    const notes: string[] = [];
    const files = [...new Tree(root, { ...defaultTreeLimits, ...limits }).files(() => true, notes)];
    expect(notes).toEqual(expected);
    expect(files).toHaveLength(expected.length === 0 ? 1 : 0);
  });

  test('a file that is too large is not read', () => {
    write('go.mod', 'x'.repeat(100));
    const tree = new Tree(root, { ...defaultTreeLimits, maxFileBytes: 99 });
    expect(() => tree.open('go.mod').text()).toThrow('is larger than 99 bytes');
  });
});

/** A good file of every format, to be cut and changed. */
const samples: Record<string, string> = {
  'package-lock.json': JSON.stringify(
    {
      lockfileVersion: 3,
      packages: {
        '': { dependencies: { a: '1' } },
        'node_modules/a': { version: '1.0.0', license: 'MIT' },
        'node_modules/@b/c': { version: '2.0.0', dev: true },
      },
    },
    null,
    2,
  ),
  'pnpm-lock.yaml':
    "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: 1.0.0\npackages:\n  a@1.0.0:\n    resolution: {integrity: sha512-x==}\n    engines: {node: '>=10'}\nsnapshots:\n  a@1.0.0: {}\n",
  'go.mod':
    'module x\n\ngo 1.16\n\nrequire (\n\ta.b/c v1.0.0 // indirect\n)\nreplace a.b/c => d.e/f v2.0.0\nexclude a.b/c v0.9.0\n',
  'Cargo.lock':
    'version = 3\n\n[[package]]\nname = "a"\nversion = "1.0.0"\ndependencies = [\n "b",\n]\n\n[[package]]\nname = "b"\nversion = "0.1.0"\nsource = "registry+x"\n',
  'poetry.lock':
    '[[package]]\nname = "a"\nversion = "1.0"\noptional = false\nfiles = [\n    {file = "a.whl", hash = "sha256:x"},\n]\n\n[package.dependencies]\nb = ">=1"\n',
  'requirements.txt':
    'a==1.0 \\\n  --hash=sha256:x\nb[extra]>=2,<3 ; python_version < "3"\n-r other.txt\nc @ https://x/y.whl\n',
};

describe.each(catalogers)('$name', ({ name, matches, load }) => {
  const sample = samples[name] ?? '';

  test('has a sample, which it reads', async () => {
    expect(matches(`deep/${name}`)).toBe(true);
    expect(matches(`deep/x${name === 'requirements.txt' ? '.md' : name}`)).toBe(false);
    const { packages } = await (await load())(aFile(name, { [name]: sample }));
    expect(packages.length).toBeGreaterThan(0);
  });

  test('cut or changed anywhere it is read or refused, never a crash or a hang', async () => {
    const read = await load();
    const change = fc.record({
      at: fc.nat(sample.length),
      length: fc.nat(12),
      text: fc.oneof(
        fc.string({ maxLength: 6 }),
        fc.constantFrom('{', '[', '"', '\n', '\\', '__proto__', '&a', '*a', '#', '=>', '[[', '\0'),
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 3 }),
        fc.nat(sample.length),
        fc.boolean(),
        async (changes, cut, cutting) => {
          let text = cutting ? sample.slice(0, cut) : sample;
          for (const { at, length, text: inserted } of changes)
            text = text.slice(0, at) + inserted + text.slice(at + length);
          const outcome: unknown = await (async () => read(aFile(name, { [name]: text })))().catch(
            (error: unknown) => error,
          );
          if (outcome instanceof Error) expect(outcome.message).not.toBe('');
          else expect(outcome).toMatchObject({ packages: expect.any(Array), notes: expect.any(Array) });
          // What is thrown at us on purpose has a message of the reader or its parser; a defect of ours is a TypeError.
          expect(outcome).not.toBeInstanceOf(TypeError);
          expect(outcome).not.toBeInstanceOf(RangeError);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test('hard links and copies are files like others', async () => {
  write('a/go.mod', 'go 1.21\n');
  mkdirSync(path.join(root, 'b'));
  linkSync(path.join(root, 'a/go.mod'), path.join(root, 'b/go.mod'));
  cpSync(path.join(root, 'a'), path.join(root, 'c'), { recursive: true });
  expect(existsSync(path.join(root, 'c/go.mod'))).toBe(true);
  expect(await found()).toHaveLength(3);
});
