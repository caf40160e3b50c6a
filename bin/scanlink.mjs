#!/usr/bin/env node
// Checks the Node version in JavaScript that any Node can read, then hands over to the program proper.
import * as nodeModule from 'node:module';

if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `scanlink needs Node 24 or newer; this is ${process.version}. In a checkout, "npm start" brings its own.\n`,
  );
  process.exit(2);
}
nodeModule.enableCompileCache?.();
const { main } = await import('../src/main.ts');
await main(process.argv.slice(2));
