// Puts the stages together behind the public API.
import { compileModules } from './compile/policy.ts';
import { compileQuery } from './compile/query.ts';
import { applyMetadata } from './compile/metadata.ts';
import { allBuiltins } from './builtins/table.ts';
import { parseModule } from './parser/modules.ts';
import { CompiledRules } from './plan/rules.ts';
import { planQuery } from './plan/query.ts';
import { RegoErrors, shallow } from './errors.ts';
import { packagePath, splitPath, kindOf, pathName } from './compile/tree.ts';
import type { Module, Rule } from './ast.ts';
import type {
  BuiltinInfo,
  CompiledPolicy,
  CompileOptions,
  ModuleSource,
  PreparedQuery,
  QueryOptions,
  RegoErrorEntry,
  RuleInfo,
} from './types.ts';

/** Compiles modules together. Throws RegoErrors with everything that is wrong. */
export function compile(modules: readonly ModuleSource[], options: CompileOptions = {}): CompiledPolicy {
  return shallow('rego_compile_error', () => compileAll(modules, options));
}

function compileAll(modules: readonly ModuleSource[], options: CompileOptions): CompiledPolicy {
  const version = options.regoVersion ?? 0;
  const parsed = parseAll(modules, version);
  const allowed = allowedNames(options);
  const compiled = compileModules(applyMetadata(parsed), allowed);
  const rules = new CompiledRules(compiled.root);
  const prepare = (source: string, query: QueryOptions = {}): PreparedQuery => {
    const ir = compileQuery(compiled, parsed, source, { regoVersion: version, ...query }, allowed);
    return planQuery(compiled.root, rules, ir);
  };
  return {
    query: (source, query) => shallow('rego_compile_error', () => prepare(source, query)),
    packages: () => [...new Set(parsed.map((module) => packagePath(module.package).join('.')))].sort(),
    rules: () => parsed.flatMap((module) => module.rules.map((rule) => ruleInfo(module, rule))),
  };
}

function parseAll(modules: readonly ModuleSource[], version: 0 | 1): Module[] {
  const errors: RegoErrorEntry[] = [];
  const parsed: Module[] = [];
  for (const { name, source } of modules) {
    try {
      parsed.push(parseModule({ name, text: source }, version));
    } catch (error) {
      if (!(error instanceof RegoErrors)) throw error;
      errors.push(...error.errors);
    }
  }
  if (errors.length > 0) throw new RegoErrors(errors);
  return parsed;
}

function allowedNames({ capabilities }: CompileOptions): (name: string) => boolean {
  if (capabilities?.builtins === undefined) return () => true;
  const names = new Set(capabilities.builtins);
  return (name) => names.has(name);
}

function ruleInfo(module: Module, rule: Rule): RuleInfo {
  const [head, ...tail] = rule.head.ref;
  const { fixed, rest } = splitPath(tail);
  const own = [head?.kind === 'var' ? head.name : '', ...fixed];
  const path = packagePath(module.package);
  return {
    path: pathName([...path, ...own]),
    package: path.join('.'),
    name: own.join('.'),
    kind: kindOf(rule, rest),
    default: rule.default,
    file: module.source.name,
    row: rule.loc.row,
    col: rule.loc.col,
  };
}

/** Every builtin, by name. */
export function builtins(): BuiltinInfo[] {
  return allBuiltins().map(({ name, infix, args, result, unavailable }) => ({
    name,
    ...(infix !== undefined && { infix }),
    args,
    result,
    ...(unavailable === true && { unavailable }),
  }));
}
