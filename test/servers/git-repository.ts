import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import { contentBytes, isLink, type Files } from './files.ts';
import { runOk } from './run.ts';
import { findTool } from './tools.ts';

export type Commit = {
  /** What the commit adds or changes; other files stay as the commit before had them. */
  files: Files;
  /** Default `main`. A branch that is new goes on from the commit before in the list. */
  branch?: string;
  /** An annotated tag on this commit. */
  tag?: string;
};

export type Repository = {
  /** A bare repository. */
  directory: string;
  /** Ids of the commits, in the order in which they were given. */
  commits: string[];
};

/**
 * The environment of a git that knows nothing of this machine's user and asks nobody anything.
 * Fixed names and dates are put into commits, so that the same files give the same commit ids.
 */
export const gitEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
};

/** The date of the first commit, in seconds; each later one is a minute younger. 2024-01-01. */
const firstDate = 1_704_067_200;

/**
 * Makes the bare repository `<root>/<name>` with these commits. Fetching any commit by id is
 * allowed, as the large hosts do; `config` may say otherwise (`uploadpack.allowAnySHA1InWant`).
 */
export async function makeRepository(
  root: string,
  name: string,
  commits: readonly Commit[],
  config: Readonly<Record<string, string>> = {},
): Promise<Repository> {
  const directory = path.join(root, name);
  const git = (...args: string[]): Promise<string> =>
    runOk(program(), ['-C', directory, ...args], { env: gitEnvironment });
  await runOk(program(), ['init', '--quiet', '--bare', '--initial-branch=main', directory], {
    env: gitEnvironment,
  });
  const settings = { 'uploadpack.allowAnySHA1InWant': 'true', 'uploadpack.allowFilter': 'true', ...config };
  for (const [key, value] of Object.entries(settings)) await git('config', key, value);
  await fastImport(directory, stream(commits));
  const marks = commits.map((_, index) => `refs/scan-link-test/${index}`);
  const ids = await Promise.all(marks.map(async (ref) => (await git('rev-parse', ref)).trim()));
  // They were only there to learn the ids, and would be advertised to everybody.
  for (const ref of marks) await git('update-ref', '-d', ref);
  return { directory, commits: ids };
}

/** The commits in the format of git-fast-import(1). */
function stream(commits: readonly Commit[]): Buffer {
  const parts: (string | Uint8Array)[] = [];
  const data = (bytes: Uint8Array): void => {
    parts.push(`data ${bytes.length}\n`, bytes, '\n');
  };
  for (const [index, { files, branch = 'main', tag }] of commits.entries()) {
    const who = `Test <test@example.invalid> ${firstDate + index * 60} +0000`;
    parts.push(`commit refs/heads/${branch}\nmark :${index + 1}\nauthor ${who}\ncommitter ${who}\n`);
    data(Buffer.from(`Commit ${index + 1}\n`));
    const known = commits.slice(0, index).some((each) => (each.branch ?? 'main') === branch);
    if (index > 0 && !known) parts.push(`from :${index}\n`);
    for (const [name, content] of Object.entries(files)) {
      parts.push(`M ${isLink(content) ? '120000' : '100644'} inline ${JSON.stringify(name)}\n`);
      data(contentBytes(content));
    }
    parts.push(`\nreset refs/scan-link-test/${index}\nfrom :${index + 1}\n\n`);
    if (tag !== undefined) {
      parts.push(`tag ${tag}\nfrom :${index + 1}\ntagger ${who}\n`);
      data(Buffer.from(`${tag}\n`));
    }
  }
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

async function fastImport(directory: string, input: Buffer): Promise<void> {
  const args = ['-C', directory, 'fast-import', '--quiet', '--date-format=raw'];
  const child = spawn(program(), args, { env: gitEnvironment, stdio: ['pipe', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`git fast-import: ${stderr.trim()}`);
}

function program(): string {
  return findTool('git') ?? 'git';
}
