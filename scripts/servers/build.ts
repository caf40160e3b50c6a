/**
 * Builds the real servers and tools that tests and benchmarks run against, from their Go modules,
 * into a cache folder (see catalog.ts). What is there already is left alone.
 *
 *   node scripts/servers/build.ts [NAME…]
 */
import { spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

import {
  catalog,
  isBuilt,
  isServerName,
  serverDirectory,
  serverNames,
  toolsDirectory,
  type ServerName,
} from './catalog.ts';
import { withLock } from './lock.ts';
import { recipes } from './recipes.ts';

/** Builds the named tools one after the other; one failure does not keep the rest from it. */
async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !isServerName(name));
  if (unknown.length > 0) {
    console.error(`unknown: ${unknown.join(', ')}. Known: ${serverNames.join(', ')}.`);
    return 2;
  }
  const wanted = serverNames.filter((name) => names.length === 0 || names.includes(name));
  const missing = wanted.filter((name) => !isBuilt(name));
  for (const name of wanted) {
    if (!missing.includes(name)) console.log(`${label(name)}: there, ${serverDirectory(name)}`);
  }
  if (missing.length === 0) return 0;
  if (!(await hasGo())) {
    console.error(
      `Go is not on the PATH, and ${missing.join(', ')} must be built with it: install Go 1.26 or newer, then run this again.`,
    );
    return 1;
  }
  let failed = 0;
  for (const name of missing) failed += (await build(name)) ? 0 : 1;
  return failed === 0 ? 0 : 1;
}

async function build(name: ServerName): Promise<boolean> {
  const tools = toolsDirectory();
  await mkdir(path.join(tools, 'logs'), { recursive: true });
  const lock = path.join(tools, 'logs', `${name}.lock`);
  const onWait = (): void => console.log(`${label(name)}: another builder is at it, waiting`);
  return withLock(lock, () => buildLocked(name, tools), onWait);
}

async function buildLocked(name: ServerName, tools: string): Promise<boolean> {
  if (isBuilt(name, tools)) return true;
  const logFile = path.join(tools, 'logs', `${name}-${catalog[name].version}.log`);
  const log = createWriteStream(logFile);
  const workshop = path.join(tools, `.building-${name}`);
  const started = performance.now();
  console.log(`${label(name)}: building, log in ${logFile}`);
  try {
    const module = path.join(workshop, 'module');
    const out = path.join(workshop, 'out');
    await rm(workshop, { recursive: true, force: true });
    await mkdir(module, { recursive: true });
    await mkdir(out);
    await recipes[name]({ module, out, go: (...args) => runGo(args, module, log) });
    await putInPlace(name, out, tools);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`${label(name)}: built in ${seconds} s, ${serverDirectory(name, tools)}`);
    return true;
  } catch (error) {
    console.error(`${label(name)}: ${error instanceof Error ? error.message : String(error)}`);
    console.error(`  the whole log: ${logFile}`);
    return false;
  } finally {
    log.end();
    await rm(workshop, { recursive: true, force: true });
  }
}

/** One rename, so that nobody ever sees half a build. */
async function putInPlace(name: ServerName, out: string, tools: string): Promise<void> {
  const target = serverDirectory(name, tools);
  await rm(target, { recursive: true, force: true });
  await rename(out, target);
  if (!isBuilt(name, tools)) {
    throw new Error(`the build left not all of ${catalog[name].files.join(', ')}`);
  }
}

function hasGo(): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('go', ['version'], { stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** Runs go with everything it says in the log; a failure quotes the last lines of stderr. */
function runGo(args: string[], cwd: string, log: WriteStream): Promise<string> {
  log.write(`$ go ${args.join(' ')}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, {
      cwd,
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod -buildvcs=false', GOWORK: 'off' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      log.write(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-4096);
      log.write(text);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      const last = stderr.trimEnd().split('\n').slice(-5).join('\n  ');
      reject(new Error(`go ${args[0]} ended with ${signal ?? `exit code ${code}`}:\n  ${last}`));
    });
  });
}

function label(name: ServerName): string {
  return `${name} ${catalog[name].version}`;
}

process.exitCode = await main(process.argv.slice(2));
