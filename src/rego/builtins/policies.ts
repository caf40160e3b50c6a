// Builtins about policies themselves, and about what runs them.
import { moduleJson } from './module-json.ts';
import { parseModule } from '../parser/modules.ts';
import { formatError, RegoErrors } from '../errors.ts';
import { fromJs } from '../json.ts';
import { RegoObject, RegoSet } from '../value.ts';
import { addressText, parseAddress } from './cidr.ts';
import { BuiltinError, type BuiltinFn } from './context.ts';
import { fail, stringAt } from './operands.ts';
import type { Value } from '../types.ts';

export const policies: Readonly<Record<string, BuiltinFn>> = {
  'rego.parse_module': (_, name = null, source = null) => parsed(stringAt(name, 1), stringAt(source, 2)),
  'rego.metadata.chain': () =>
    fail('the rego.metadata.chain function must only be called within the scope of a rule'),
  'rego.metadata.rule': () =>
    fail('the rego.metadata.rule function must only be called within the scope of a rule'),
  'opa.runtime': () => new RegoObject(),
  'net.lookup_ip_addr': (_, name = null) => lookup(stringAt(name, 1)),
  trace: (context, note = null) => {
    context.trace?.(stringAt(note, 1));
    return true;
  },
};

function parsed(name: string, source: string): Value {
  try {
    return fromJs(moduleJson(parseModule({ name, text: source }, 1)));
  } catch (error) {
    if (!(error instanceof RegoErrors)) throw error;
    throw new BuiltinError(error.errors.map(formatError).join('\n'));
  }
}

/** Only what needs no one to ask: addresses, and the loopback's own name. */
function lookup(name: string): RegoSet {
  const address = parseAddress(name);
  if (address !== undefined) return RegoSet.from([addressText(address)]);
  if (name === 'localhost') return RegoSet.from(['127.0.0.1', '::1']);
  return fail('not available: policies reach no network here');
}
