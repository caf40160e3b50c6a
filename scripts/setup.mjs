/**
 * Run by npm before `start` and `test`, with whatever Node the machine has: installs what the lock file says when
 * that is not there yet, a fitting Node among it. Plain JavaScript for old Nodes; imports nothing but Node's own.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, 'node_modules');
const stamp = path.join(modules, '.scan-link-lock');
const wanted = createHash('sha256')
  .update(readFileSync(path.join(root, 'package-lock.json')))
  .digest('hex');

function installed() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

if (!installed()) {
  process.stderr.write('Installing dependencies (once; no install scripts are run) …\n');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const run = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    : spawnSync('npm', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (run.status !== 0) {
    process.stderr.write(
      `npm ci failed. Check that this machine reaches a package registry, then try again.\n`,
    );
    process.exit(2);
  }
  writeFileSync(stamp, wanted);
}

const node = path.join(modules, '.bin', 'node');
const major = Number(process.versions.node.split('.')[0]);
if (major < 24 && !existsSync(node)) {
  process.stderr.write(
    `Scan Link needs Node 24 or newer; this is ${process.version}, and no packaged Node exists for ` +
      `${process.platform}-${process.arch}. Install Node 24 and try again.\n`,
  );
  process.exit(2);
}
