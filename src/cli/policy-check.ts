/** `scanlink policy check`: compiles a policy and says which contract it follows. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { Context } from './context.ts';
import { examples, outputOption } from './options.ts';

const contracts = {
  deny: 'package main, rule deny: each message is a violation',
  isCompliant: 'package policies, rule isCompliant: asked once for each vulnerability',
} as const;

export function policyCheckCommand(context: Context): Command {
  return new Command('check')
    .argument('<file>', "the policy: Rego, as a ScanPolicy's regoFile has it")
    .addOption(outputOption(['table', 'json']))
    .addHelpText('after', examples('scanlink policy check examples/policies/severity.rego'))
    .action(async (file: string, options: { output: 'table' | 'json' }) => {
      const source = await readFile(file, 'utf8');
      const { createPolicyEngine } = await import('../policy/index.ts');
      const engine = createPolicyEngine();
      try {
        const { contract } = await engine.check(source, file);
        const text =
          options.output === 'json'
            ? JSON.stringify({ file, contract })
            : `${file} compiles (${contracts[contract]})`;
        context.out.write(`${text}\n`);
      } finally {
        await engine.close();
      }
    });
}
