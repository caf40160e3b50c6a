// Builtins by name: declarations joined with what runs them.
import { declarations, type Declaration } from './declarations.ts';
import { families } from './families.ts';
import { BuiltinError, type Builtin, type BuiltinFn } from './context.ts';

const implementations: ReadonlyMap<string, BuiltinFn> = new Map(
  families.flatMap((family) => Object.entries(family)),
);
/** Builtins whose result is a list of answers. */
const RELATIONS = new Set(['walk']);

const builtins: ReadonlyMap<string, Builtin> = new Map(
  [...declarations].map(([name, declaration]) => [name, join(name, declaration)]),
);

function join(name: string, declaration: Declaration): Builtin {
  const run = implementations.get(name);
  return {
    name,
    ...declaration,
    run: run ?? unavailable,
    relation: RELATIONS.has(name),
    unavailable: run === undefined,
  };
}

function unavailable(): never {
  throw new BuiltinError('not available: policies reach no network, files or environment here');
}

export function builtinNamed(name: string): Builtin | undefined {
  return builtins.get(name);
}

/** Operands of a builtin; -1 when it takes any number; undefined when there is no such builtin. */
export function builtinArity(name: string): number | undefined {
  if (name === 'print') return -1;
  return declarations.get(name)?.args.length;
}

export function builtinDeclaration(name: string): Declaration | undefined {
  return declarations.get(name);
}

export function allBuiltins(): readonly Builtin[] {
  return [...builtins.values()];
}
