// Puts the stages together behind the public API.
import { RegoErrors } from './errors.ts';
import type { BuiltinInfo, CompiledPolicy, CompileOptions, ModuleSource } from './types.ts';

/** Compiles modules together. Throws RegoErrors with everything that is wrong. */
export function compile(modules: readonly ModuleSource[], options: CompileOptions = {}): CompiledPolicy {
  void options;
  throw new RegoErrors([
    { code: 'rego_compile_error', message: 'not built yet', file: modules[0]?.name ?? '', row: 0, col: 0, text: '' },
  ]);
}

/** Every builtin, by name. */
export function builtins(): BuiltinInfo[] {
  return [];
}
