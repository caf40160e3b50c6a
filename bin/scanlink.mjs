#!/usr/bin/env node
// Checks the Node version in JavaScript that any Node can read, then hands over to the program proper.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

if (Number(process.versions.node.split('.')[0]) >= 24) {
  nodeModule.enableCompileCache?.();
  const { main } = await import('../src/main.ts');
  await main(process.argv.slice(2));
} else {
  withNewerNode();
}

/** A checkout has a Node that is new enough once "npm start" or "npm test" has run: this program, again, with that. */
function withNewerNode() {
  const node = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
  if (!existsSync(node)) {
    process.stderr.write(
      `scanlink needs Node 24 or newer; this is ${process.version}. In a checkout, "npm start" brings its own.\n`,
    );
    process.exitCode = 2;
    return;
  }
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  // Ctrl-C reaches both; what is sent to this process alone is passed on. The end is the child's.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    process.stderr.write(`scanlink: ${node}: ${error.message}\n`);
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 2) : 2;
  });
}
