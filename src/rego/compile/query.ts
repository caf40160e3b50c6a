// Compiles a query: a body read in a package, whose variables are answers.
import {
  callExpr,
  isWildcard,
  locText,
  operatorName,
  ref,
  scalar,
  variable,
  type Body,
  type Expr,
  type Module,
  type Ref,
  type Term,
} from '../ast.ts';
import { declarations } from '../builtins/declarations.ts';
import { parseQuery } from '../parser/modules.ts';
import { Problems } from './errors.ts';
import { Flattener } from './flatten.ts';
import { functionArity, moduleGlobals, type Compiled } from './policy.ts';
import { Resolver } from './resolve.ts';
import { Safety } from './safety.ts';
import { Scope, writtenName } from './scope.ts';
import { checkCalls } from './calls.ts';
import { bodyVars } from './vars.ts';
import type { QueryOptions } from '../types.ts';

export interface QueryIr {
  readonly body: Body;
  /** Variables of the query by the name they were written with. */
  readonly bindings: readonly { readonly name: string; readonly variable: string }[];
  readonly expressions: readonly {
    readonly text: string;
    readonly row: number;
    readonly col: number;
    readonly variable?: string;
  }[];
}

/** Throws RegoErrors. */
export function compileQuery(
  { root, names }: Compiled,
  modules: readonly Module[],
  source: string,
  options: QueryOptions,
  allowed: (name: string) => boolean,
): QueryIr {
  const file = { name: '', text: source };
  const { body, imports } = parseQuery(file, options.regoVersion ?? 0, options.imports);
  const problems = new Problems();
  const path = packageRef(options.package, body);
  const resolver = new Resolver(
    moduleGlobals({ package: path, imports }, options.package === undefined ? [] : modules),
    names,
    problems,
  );
  const scope = new Scope();
  const captured: { expr: Expr; variable?: string }[] = [];
  const resolved = body.flatMap((expr) =>
    resolver.expr(expr, scope).map((item) => capture(item, expr, captured, () => names.temporary())),
  );
  for (const expr of body) if (!captured.some((item) => item.expr === expr)) captured.push({ expr });
  scope.checkUsed(problems);
  checkCalls(root, { args: [], suffix: [], body: resolved }, allowed, problems);
  problems.raise();
  const arityOf = (name: string): number | undefined => functionArity(root, name);
  const flat = new Flattener(names, (name) => arityOf(name) !== undefined).body(resolved);
  const ordered = new Safety(arityOf, problems).order(flat, new Set());
  problems.raise();
  const temporaries = new Set(captured.map((item) => item.variable));
  const bindings = [...bodyVars(resolved)].flatMap((name) => {
    const written = writtenName(name);
    return written === undefined || isWildcard(name) || temporaries.has(name)
      ? []
      : [{ name: written, variable: name }];
  });
  const expressions = body.map((expr) => {
    const found = captured.find((item) => item.expr === expr);
    return {
      text: locText(expr.loc),
      row: expr.loc.row,
      col: expr.loc.col,
      ...(found?.variable !== undefined && { variable: found.variable }),
    };
  });
  return { body: ordered.body, bindings, expressions };
}

function packageRef(text: string | undefined, body: Body): Ref {
  const loc = body[0]?.loc ?? { source: { name: '', text: '' }, offset: 0, end: 0, row: 0, col: 0 };
  const parts = (text ?? 'data').split('.').slice(1);
  return ref([variable('data', loc), ...parts.map((part) => scalar(part, loc))], loc);
}

/** The value of a term or call of the query is kept, and may be false. */
function capture(
  expr: Expr,
  original: Expr,
  captured: { expr: Expr; variable?: string }[],
  fresh: () => string,
): Expr {
  if (expr.negated) return expr;
  const value = valueOf(expr);
  if (value === undefined) return expr;
  const name = fresh();
  captured.push({ expr: original, variable: name });
  return callExpr('eq', [variable(name, expr.loc), value], expr.loc, { with: expr.with });
}

function valueOf(expr: Expr): Term | undefined {
  if (expr.kind === 'term') return expr.term;
  if (expr.kind !== 'call') return undefined;
  const name = operatorName(expr.op) ?? '';
  if (name === 'eq' || name === 'print') return undefined;
  const declared = declarations.get(name);
  if (declared !== undefined && declared.args.length !== expr.args.length) return undefined;
  return { kind: 'call', op: expr.op, args: expr.args, loc: expr.loc };
}
