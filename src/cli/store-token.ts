/** `scanlink store token`: who may ask the metadata store. */
import { Argument, Command, Option } from 'commander';
import { storeDb } from '../config/data-dir.ts';
import { ScanLinkError } from '../lib/errors.ts';
import type { Context } from './context.ts';
import { durationOption } from './duration-option.ts';
import { examples, outputOption } from './options.ts';
import { columns, oneLine } from './render/columns.ts';

type Action = 'create' | 'list' | 'revoke';
interface Options {
  db?: string;
  role: 'read' | 'write' | 'admin';
  expires?: number;
  output: 'table' | 'json';
}

export function storeTokenCommand(context: Context): Command {
  return new Command('token')
    .addArgument(new Argument('<action>').choices(['create', 'list', 'revoke']))
    .argument('[what]', 'the name of a new token, or the number of one to revoke')
    .option(
      '--db <file or URL>',
      'SQLite file or postgres://… (default: SCANLINK_STORE_DB, or the data folder)',
    )
    .addOption(
      new Option('--role <role>', 'what it may do').choices(['read', 'write', 'admin']).default('read'),
    )
    .option(
      '--expires <time>',
      'how long it opens the store: 12h, 30d, 1y; for ever without it',
      durationOption,
    )
    .addOption(outputOption(['table', 'json']))
    .addHelpText(
      'after',
      examples('scanlink store token create ci --role write --expires 90d', 'scanlink store token revoke 3'),
    )
    .action((action: Action, what: string | undefined, options: Options) =>
      run(action, what, options, context),
    );
}

async function run(
  action: Action,
  what: string | undefined,
  options: Options,
  context: Context,
): Promise<void> {
  const manage = await import('../store/manage.ts');
  if (action !== 'list' && what === undefined) throw missing(action);
  const store = await manage.openStoreDb({ location: storeDb(options.db) });
  const json = options.output === 'json';
  try {
    if (action === 'create') {
      const { role, expires } = options;
      const expiresAt = expires === undefined ? undefined : Date.now() + expires;
      const { token, info } = await manage.createToken(store, { name: what ?? '', role, expiresAt });
      // Nothing but the token, so that it can be piped into a secret.
      context.out.write(json ? `${JSON.stringify({ ...info, token })}\n` : `${token}\n`);
      return;
    }
    if (action === 'revoke') {
      await manage.revokeToken(store, Number(what));
      context.err.write(`Token ${what} is revoked.\n`);
      return;
    }
    const tokens = await manage.listTokens(store);
    const time = (ms: number | null): string => (ms === null ? '' : new Date(ms).toISOString());
    const rows = tokens.map((one) => [
      ...[String(one.id), oneLine(one.name), one.role, time(one.createdAt)],
      ...[time(one.expiresAt), time(one.revokedAt)],
    ]);
    const head = ['ID', 'NAME', 'ROLE', 'CREATED', 'EXPIRES', 'REVOKED'];
    context.out.write(
      json ? `${JSON.stringify(tokens, null, 2)}\n` : `${columns([head, ...rows]).join('\n')}\n`,
    );
  } finally {
    await store.close();
  }
}

function missing(action: Action): ScanLinkError {
  const what =
    action === 'create' ? 'a name: scanlink store token create NAME' : 'a number; "list" shows them';
  return new ScanLinkError(`${action} needs ${what}`, { code: 'UsageInvalid' });
}
