import { describe, expect, test } from 'vitest';
import { commands } from './commands.ts';
import { scanlink } from './testing/run-program.ts';

const paths = commands.flatMap((entry) =>
  'commands' in entry ? entry.commands.map((child) => [entry.name, child.name]) : [[entry.name]],
);

describe('scanlink', () => {
  test.each(paths.map((path) => [path.join(' '), path] as const))(
    '%s --help has an example',
    async (_, path) => {
      const run = await scanlink([...path, '--help']);
      expect(run.err).toBe('');
      expect(run.code).toBe(0);
      expect(run.out).toContain(`Usage: scanlink ${path.join(' ')}`);
      expect(run.out).toMatch(new RegExp(`Examples?:\\n(?:.*\\n)*?  .*scanlink ${path.join(' ')}`));
      expect(run.out).toContain('-o, --output <format>');
    },
  );

  test.each([
    ['an unknown command', ['scam'], /unknown command 'scam' \(Did you mean scan\?\); see "scanlink --help"/],
    ['an unknown option', ['scan', '--fast', '.'], /unknown option '--fast'.*; see "scanlink scan --help"/],
    [
      'a missing argument',
      ['policy', 'check'],
      /missing required argument 'file'; see "scanlink policy check --help"/,
    ],
    ['a folder that is not there', ['sbom', '/nowhere/at/all'], /there is no folder \/nowhere\/at\/all/],
    [
      'a format of later',
      ['sbom', '-o', 'sarif', '.'],
      /sarif cannot be written yet. Give one of table, json/,
    ],
    ['a format of never', ['sbom', '-o', 'pdf', '.'], /There is no format pdf/],
    ['a severity that is none', ['scan', '--fail-on', 'huge', '.'], /Give critical, high, medium or low/],
    ['an image', ['sbom', 'registry.test/app:1'], /images cannot be scanned yet/],
    ['a file that is no archive', ['sbom', 'package.json'], /package.json is a file/],
    [
      'a policy that is not there',
      ['policy', 'check', '/no.rego'],
      /\/no.rego: there is no such file or folder/,
    ],
    ['a database that is not there', ['db', 'info', '--db', '/no.db'], /\/no\.db/],
  ])('%s is one sentence on stderr and exit 2', async (_, args, words) => {
    const run = await scanlink(args);
    expect(run.out).toBe('');
    expect(run.err).toMatch(/^scanlink: .+\n$/);
    expect(run.err).toMatch(words);
    expect(run.code).toBe(2);
  });

  test('says its version', async () => {
    const run = await scanlink(['--version']);
    expect(run.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('a scan without a database never looks clean', async () => {
    const run = await scanlink(['scan', '.']);
    expect(run.code).toBe(2);
    expect(run.out).toBe('');
    expect(run.err).toMatch(/there is no advisory database at .*advisories\.db.*scanlink db import FOLDER/);
  });
});
