/** The program: finds the command, loads it, runs it, and turns what was thrown into a sentence and an exit code. */
import { Command, CommanderError } from 'commander';
import { commands } from './commands.ts';
import type { CommandEntry } from './commands.ts';
import { exitCodes, processContext } from './context.ts';
import type { Context } from './context.ts';
import { sentenceOf, usageSentence } from './failure.ts';
import { version } from './version.ts';

/**
 * Runs `scanlink` with these arguments (without program and script). Never throws: what went wrong is written to
 * stderr in one sentence, and the exit code says so.
 */
export async function main(args: readonly string[]): Promise<void> {
  const context = processContext();
  for (const stream of [context.out, context.err]) {
    // A reader that has seen enough (`| head`) is no error of ours.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  try {
    const program = await build(args, context);
    await program.parseAsync([...args], { from: 'user' });
  } catch (thrown) {
    // Commander has printed help or its complaint by now.
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode !== 0) context.exit(exitCodes.failed);
      return;
    }
    context.err.write(`scanlink: ${sentenceOf(thrown)}\n`);
    context.exit(exitCodes.failed);
  }
}

/** The root command; only what `args` asks for is loaded, the others are names in the help. */
async function build(args: readonly string[], context: Context): Promise<Command> {
  const words = args.filter((word) => !word.startsWith('-') && word !== 'help');
  const program = new Command('scanlink')
    .description('Vulnerability scans declared as Kubernetes resources, judged by Rego policies.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', '\nExample:\n  scanlink up --demo\n')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out.write(text),
      writeErr: (text) => context.err.write(text),
      outputError: (text, write) => write(usageSentence(text, pathOf(words))),
    });
  for (const entry of commands) program.addCommand(await command(entry, words, program, context));
  return program;
}

async function command(
  entry: CommandEntry,
  words: readonly string[],
  parent: Command,
  context: Context,
): Promise<Command> {
  const asked = words[0] === entry.name;
  if ('commands' in entry) {
    const group = inherit(new Command(entry.name).description(entry.summary), parent);
    for (const child of entry.commands) {
      group.addCommand(await command(child, asked ? words.slice(1) : [], group, context));
    }
    return group;
  }
  if (!asked) return inherit(new Command(entry.name).description(entry.summary), parent);
  return inherit((await entry.load())(context).description(entry.summary), parent);
}

/** The words that name a command: `['policy', 'eval']`. */
function pathOf(words: readonly string[]): string[] {
  const entry = commands.find((one) => one.name === words[0]);
  if (!entry) return [];
  const child = 'commands' in entry && entry.commands.find((one) => one.name === words[1]);
  return child ? [entry.name, child.name] : [entry.name];
}

/** `addCommand` passes on no settings by itself. */
function inherit(command: Command, parent: Command): Command {
  return command.copyInheritedSettings(parent).helpOption('-h, --help', 'print this help');
}
