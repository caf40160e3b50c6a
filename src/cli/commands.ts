/** The table of commands. Each is loaded when it is asked for, so that none pays for the others. */
import type { Command } from 'commander';
import type { Context } from './context.ts';

/** Makes one command, ready to be parsed. */
export type MakeCommand = (context: Context) => Command;

interface Leaf {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<MakeCommand>;
}

interface Group {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly Leaf[];
}

export type CommandEntry = Leaf | Group;

const querySummaries: Readonly<Record<string, string>> = {
  images: 'images, by digest or name, or those that contain a package or a vulnerability',
  sources: 'sources, by repository and commit, or those that contain a package or a vulnerability',
  packages: 'packages, by name, or those of an image, a source or a vulnerability',
  vulnerabilities: 'vulnerabilities, by id, or those of an image, a source or a package',
  diff: 'what changed between two reports',
};

export const commands: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'the whole system on this machine: API server, runner, controller',
    load: async () => (await import('./up.ts')).upCommand,
  },
  {
    name: 'scan',
    summary: 'find known vulnerabilities in a folder, a git repository or an archive',
    load: async () => (await import('./scan.ts')).scanCommand,
  },
  {
    name: 'sbom',
    summary: 'list the components of a folder, a git repository or an archive',
    load: async () => (await import('./sbom.ts')).sbomCommand,
  },
  {
    name: 'policy',
    summary: 'try a policy on a report, as the controller would',
    commands: [
      {
        name: 'eval',
        summary: 'what the controller would decide, with the violations',
        load: async () => (await import('./policy-eval.ts')).policyEvalCommand,
      },
      {
        name: 'check',
        summary: 'compile a policy and say which contract it follows',
        load: async () => (await import('./policy-check.ts')).policyCheckCommand,
      },
      {
        name: 'input',
        summary: 'print what a policy sees of a report',
        load: async () => (await import('./policy-input.ts')).policyInputCommand,
      },
    ],
  },
  {
    name: 'rego',
    summary: 'work with Rego, in the way of opa',
    commands: [
      {
        name: 'eval',
        summary: 'evaluate a query, like "opa eval"',
        load: async () => (await import('./rego-eval.ts')).regoEvalCommand,
      },
    ],
  },
  {
    name: 'db',
    summary: 'the advisory database',
    commands: [
      {
        name: 'import',
        summary: 'build it from a folder of OSV archives',
        load: async () => (await import('./db-import.ts')).dbImportCommand,
      },
      {
        name: 'info',
        summary: 'what it holds, and of which date',
        load: async () => (await import('./db-info.ts')).dbInfoCommand,
      },
    ],
  },
  {
    name: 'store',
    summary: 'the metadata store',
    commands: [
      {
        name: 'serve',
        summary: 'answer its API over TLS',
        load: async () => (await import('./store-serve.ts')).storeServeCommand,
      },
      {
        name: 'token',
        summary: 'create, list and revoke the tokens that open it',
        load: async () => (await import('./store-token.ts')).storeTokenCommand,
      },
      {
        name: 'backup',
        summary: 'copy it while it runs',
        load: async () => (await import('./store-backup.ts')).storeBackupCommand,
      },
      {
        name: 'restore',
        summary: 'put a copy in its place',
        load: async () => (await import('./store-backup.ts')).storeRestoreCommand,
      },
      {
        name: 'gc',
        summary: 'drop old reports, and what nobody needs any more',
        load: async () => (await import('./store-gc.ts')).storeGcCommand,
      },
    ],
  },
  {
    name: 'query',
    summary: 'ask the metadata store',
    commands: ['images', 'sources', 'packages', 'vulnerabilities', 'diff'].map((name) => ({
      name,
      summary: querySummaries[name] ?? '',
      load: async () => (await import('./query.ts')).queryCommand(name),
    })),
  },
  {
    name: 'controller',
    summary: 'run the controller against the cluster of the kubeconfig or the service account',
    load: async () => (await import('./controller.ts')).controllerCommand,
  },
  {
    name: 'fetch',
    summary: "bring a scan's source into a folder; used by scan pods",
    load: async () => (await import('./fetch.ts')).fetchCommand,
  },
];
