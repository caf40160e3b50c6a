/** `scanlink query …`: questions to a metadata store, remote or of this machine. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { storeDb } from '../config/data-dir.ts';
import { ScanLinkError } from '../lib/errors.ts';
import { askStore } from '../store/index.ts';
import type { MakeCommand } from './commands.ts';
import type { Context } from './context.ts';
import { examples, outputOption } from './options.ts';
import { clip, columns } from './render/columns.ts';
import { csv } from './render/csv.ts';

type Options = Partial<Record<string, string>> & { output: 'table' | 'json' | 'csv' };
type Row = Record<string, unknown>;

interface Question {
  /** Option names; the first that is given decides the path. */
  readonly options: Readonly<Record<string, string>>;
  readonly path: (options: Options) => string | undefined;
  readonly columns: readonly string[];
  readonly example: string;
}

const enc = encodeURIComponent;
const query = (path: string, values: Record<string, string | undefined>): string => {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
};

const questions: Readonly<Record<string, Question>> = {
  images: {
    options: {
      digest: 'of this digest',
      name: 'of this name',
      cve: 'that contain this vulnerability',
      package: 'that contain this package',
    },
    path: ({ digest, name, cve, package: pkg }) => {
      if (cve !== undefined) return `/api/vulnerabilities/${enc(cve)}/images`;
      if (pkg !== undefined) return `/api/packages/${enc(pkg)}/images`;
      return digest === undefined && name === undefined ? undefined : query('/api/images', { digest, name });
    },
    columns: ['ID', 'Registry', 'Name', 'Digest'],
    example: 'scanlink query images --cve CVE-2021-44228',
  },
  sources: {
    options: {
      repo: 'of this repository',
      sha: 'of this commit',
      org: 'of this organization',
      cve: 'that contain this vulnerability',
      package: 'that contain this package',
    },
    path: ({ repo, sha, org, cve, package: pkg }) => {
      if (cve !== undefined) return `/api/vulnerabilities/${enc(cve)}/sources`;
      if (pkg !== undefined) return `/api/packages/${enc(pkg)}/sources`;
      return query('/api/sources', { repo, sha, org });
    },
    columns: ['ID', 'Host', 'Organization', 'Repository', 'Sha'],
    example: 'scanlink query sources --repo app --sha 0eb5fcd1',
  },
  packages: {
    options: {
      name: 'of this name',
      version: 'of this version',
      image: 'of this image (digest or id)',
      source: 'of this source (repository, commit or id)',
      cve: 'that have this vulnerability',
    },
    path: ({ name, version, image, source, cve }) => {
      if (image !== undefined) return `/api/images/${enc(image)}/packages`;
      if (source !== undefined) return `/api/sources/${enc(source)}/packages`;
      if (cve !== undefined) return `/api/vulnerabilities/${enc(cve)}/packages`;
      return name === undefined ? undefined : query('/api/packages', { name, version });
    },
    columns: ['ID', 'PackageManager', 'Name', 'Version'],
    example: 'scanlink query packages --image sha256:… -o csv',
  },
  vulnerabilities: {
    options: {
      cve: 'of this id',
      image: 'of this image (digest or id)',
      source: 'of this source (repository, commit or id)',
      package: 'of this package',
      severity: 'of this severity only',
    },
    path: ({ cve, image, source, package: pkg, severity: Severity }) => {
      if (image !== undefined) return query(`/api/images/${enc(image)}/vulnerabilities`, { Severity });
      if (source !== undefined) return query(`/api/sources/${enc(source)}/vulnerabilities`, { Severity });
      if (pkg !== undefined) return query(`/api/packages/${enc(pkg)}/vulnerabilities`, { Severity });
      return cve === undefined ? undefined : query('/api/vulnerabilities', { CVEID: cve, Severity });
    },
    columns: ['ID', 'CVEID', 'Severity', 'Description'],
    example: 'scanlink query vulnerabilities --image sha256:… --severity critical',
  },
  diff: {
    options: {},
    path: ({ from = '', to = '' }) => query('/api/v2/changes', { from, to }),
    columns: ['Change', 'CVEID', 'Severity', 'Package', 'Version'],
    example: 'scanlink query diff 12 15',
  },
};

export const queryCommand =
  (name: string): MakeCommand =>
  (context) => {
    const question = questions[name];
    if (!question) throw new Error(`there is no question ${name}`);
    const command = new Command(name);
    if (name === 'diff')
      command.argument('<from>', 'number of a report').argument('<to>', 'number of a later one');
    for (const [option, words] of Object.entries(question.options))
      command.option(`--${option} <${option}>`, words);
    return command
      .option('--store <URL>', 'a remote store; one of this machine without it')
      .option('--ca <file>', 'its certificate authority')
      .option('--token-file <file>', 'a token that it knows')
      .option('--db <file or URL>', 'database of a store (default: SCANLINK_STORE_DB, or the data folder)')
      .addOption(outputOption(['table', 'json', 'csv']))
      .addHelpText('after', examples(question.example))
      .action((...args: unknown[]) => {
        const [from, to] = name === 'diff' ? (args as string[]) : [];
        const options = args[name === 'diff' ? 2 : 0] as Options;
        return run(name, question, { ...options, from, to, output: options.output }, context);
      });
  };

async function run(name: string, question: Question, options: Options, context: Context): Promise<void> {
  const path = question.path(options);
  if (path === undefined) {
    const names = Object.keys(question.options).filter((one) => one !== 'severity' && one !== 'version');
    throw new ScanLinkError(`say which ${name}: one of ${names.map((one) => `--${one}`).join(', ')}`, {
      code: 'UsageInvalid',
    });
  }
  const { store: url, ca, tokenFile } = options;
  const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file, 'utf8'));
  const asked = await askStore(
    url === undefined
      ? { location: storeDb(options['db']) }
      : { url, ca: read(ca), token: read(tokenFile)?.trim() },
  );
  try {
    const answer = await asked.get(path);
    if (options.output === 'json') {
      context.out.write(`${JSON.stringify(answer, null, 2)}\n`);
      return;
    }
    const rows = name === 'diff' ? changeRows(answer as Changes) : rowsOf(answer);
    const cells = rows.map((row) => question.columns.map((column) => cellOf(row, column)));
    if (options.output === 'csv') context.out.write(csv([question.columns, ...cells]));
    else if (rows.length === 0) context.err.write('Nothing was found.\n');
    else {
      const clipped = cells.map((row) => row.map((cell) => clip(cell, 80)));
      context.out.write(
        `${columns([question.columns.map((one) => one.toUpperCase()), ...clipped]).join('\n')}\n`,
      );
    }
  } finally {
    await asked.close();
  }
}

function rowsOf(answer: unknown): Row[] {
  return (Array.isArray(answer) ? answer : [answer]) as Row[];
}

type Change = { id: string; severity: string; package: { name: string; version: string } };
type Changes = Record<'added' | 'fixed' | 'unchanged', Change[]>;

function changeRows(changes: Changes): Row[] {
  return (['added', 'fixed', 'unchanged'] as const).flatMap((kind) =>
    changes[kind].map((one) => ({
      Change: kind,
      CVEID: one.id,
      Severity: one.severity,
      Package: one.package.name,
      Version: one.package.version,
    })),
  );
}

/** A vulnerability's severity is the first of its ratings' that says one. */
function cellOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (column !== 'Severity') return '';
  const ratings = (row['Ratings'] ?? []) as { Severity: string }[];
  return ratings.find((one) => one.Severity !== 'Unknown')?.Severity ?? 'Unknown';
}
