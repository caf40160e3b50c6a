// The syntax tree. Nodes are plain objects; the compiler makes new ones instead of changing them.
import type { Num } from './number.ts';

/** One source text and the name errors show for it. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** A stretch of a source. Row and column count from 1, columns in UTF-8 bytes as OPA counts them. */
export interface Loc {
  readonly source: Source;
  readonly offset: number;
  readonly end: number;
  readonly row: number;
  readonly col: number;
}

export interface Scalar {
  readonly kind: 'scalar';
  readonly value: null | boolean | string | Num;
  readonly loc: Loc;
}
export interface Var {
  readonly kind: 'var';
  readonly name: string;
  readonly loc: Loc;
}
/** `head.a[b]`: terms[0] is the head, field access is a string scalar. */
export interface Ref {
  readonly kind: 'ref';
  readonly terms: readonly Term[];
  /** Made of `some … in`: what cannot be iterated is no error. */
  readonly iterates?: boolean;
  readonly loc: Loc;
}
export interface ArrayTerm {
  readonly kind: 'array';
  readonly items: readonly Term[];
  readonly loc: Loc;
}
export interface SetTerm {
  readonly kind: 'set';
  readonly items: readonly Term[];
  readonly loc: Loc;
}
export interface ObjectTerm {
  readonly kind: 'object';
  readonly pairs: readonly (readonly [Term, Term])[];
  readonly loc: Loc;
}
export interface Comprehension {
  readonly kind: 'comprehension';
  readonly of: 'array' | 'set' | 'object';
  /** Only for objects. */
  readonly key?: Term;
  readonly term: Term;
  readonly body: Body;
  /** Made by the compiler around an operand of print. */
  readonly shows?: boolean;
  readonly loc: Loc;
}
export interface Call {
  readonly kind: 'call';
  readonly op: Ref | Var;
  readonly args: readonly Term[];
  readonly loc: Loc;
}
/** `$"a {x}"`: literal parts are string scalars, the rest expressions. */
export interface Template {
  readonly kind: 'template';
  readonly raw: boolean;
  readonly parts: readonly (Scalar | Expr)[];
  readonly loc: Loc;
}
export type Term = Scalar | Var | Ref | ArrayTerm | SetTerm | ObjectTerm | Comprehension | Call | Template;

export interface With {
  readonly target: Ref | Var;
  readonly value: Term;
  /** The value is a function, by name, that stands in for the target function. */
  readonly mock?: string;
  readonly loc: Loc;
}
interface ExprBase {
  readonly negated: boolean;
  readonly with: readonly With[];
  readonly loc: Loc;
  /** Made by the compiler, not written by a person. */
  readonly generated?: boolean;
  /** Taken out of a negated expression: it reads, and binds nothing of what it reads. */
  readonly underNot?: boolean;
  /** An equation that was written `:=`. */
  readonly assigns?: boolean;
}
export interface TermExpr extends ExprBase {
  readonly kind: 'term';
  readonly term: Term;
}
/** A call as a statement; `x = y` and `x := y` are calls of eq and assign. */
export interface CallExpr extends ExprBase {
  readonly kind: 'call';
  readonly op: Ref | Var;
  readonly args: readonly Term[];
}
/** `some x, y` (symbols are vars) or `some x in xs` (one symbol: the membership call). */
export interface SomeExpr extends ExprBase {
  readonly kind: 'some';
  readonly symbols: readonly Term[];
}
export interface EveryExpr extends ExprBase {
  readonly kind: 'every';
  readonly key?: Var;
  readonly value: Var;
  readonly domain: Term;
  readonly body: Body;
}
/** `not { … }`, and `not x` under `import future.keywords.not`. */
export interface NotExpr extends ExprBase {
  readonly kind: 'not';
  readonly body: Body;
  readonly explicit: boolean;
}
export interface LogicalExpr extends ExprBase {
  readonly kind: 'and' | 'or';
  readonly lhs: Body;
  readonly rhs: Body;
  readonly explicitLhs: boolean;
  readonly explicitRhs: boolean;
}
export type Expr = TermExpr | CallExpr | SomeExpr | EveryExpr | NotExpr | LogicalExpr;
export type Body = readonly Expr[];

export interface Head {
  /** `p`, `p.q[x]`: a var, then the terms of its path. */
  readonly ref: readonly Term[];
  /** Parameters; undefined when the rule is not a function. */
  readonly args?: readonly Term[];
  /** The member of a multi-value rule. */
  readonly key?: Term;
  readonly value?: Term;
  readonly assign: boolean;
  readonly contains: boolean;
  readonly usesIf: boolean;
  /** The value `true` was not written. */
  readonly generatedValue?: boolean;
  readonly loc: Loc;
}
export interface Rule {
  readonly default: boolean;
  readonly head: Head;
  readonly body: Body;
  readonly else?: Rule;
  readonly generatedBody?: boolean;
  readonly loc: Loc;
}
export interface Import {
  readonly path: Ref;
  readonly alias?: string;
  readonly loc: Loc;
}
export interface Comment {
  readonly text: string;
  readonly loc: Loc;
}
export interface Annotations {
  readonly scope: string;
  /** The other members, as the metadata block has them. */
  readonly fields: ReadonlyMap<string, unknown>;
  readonly loc: Loc;
  /** Row of the last line. */
  readonly endRow: number;
}
export interface Module {
  readonly source: Source;
  /** `data`, then string scalars. */
  readonly package: Ref;
  readonly packageLoc: Loc;
  readonly imports: readonly Import[];
  readonly rules: readonly Rule[];
  readonly comments: readonly Comment[];
  readonly annotations: readonly Annotations[];
  readonly regoVersion: 0 | 1 | 2;
}

export function scalar(value: Scalar['value'], loc: Loc): Scalar {
  return { kind: 'scalar', value, loc };
}
export function variable(name: string, loc: Loc): Var {
  return { kind: 'var', name, loc };
}
export function ref(terms: readonly Term[], loc: Loc): Ref {
  return { kind: 'ref', terms, loc };
}
/** A call expression of a builtin by its name. */
export function callExpr(
  name: string,
  args: readonly Term[],
  loc: Loc,
  more: Partial<ExprBase> = {},
): CallExpr {
  return { kind: 'call', op: builtinRef(name, loc), args, negated: false, with: [], loc, ...more };
}
/** `a.b` as the operator of a call. */
export function builtinRef(name: string, loc: Loc): Ref {
  const [head = '', ...rest] = name.split('.');
  return ref([variable(head, loc), ...rest.map((part) => scalar(part, loc))], loc);
}
/** The dotted name of an operator, or undefined when it is not made of plain names. */
export function operatorName(op: Ref | Var): string | undefined {
  if (op.kind === 'var') return op.name;
  const [head, ...rest] = op.terms;
  if (head?.kind !== 'var') return undefined;
  let name = head.name;
  for (const term of rest) {
    if (term.kind !== 'scalar' || typeof term.value !== 'string') return undefined;
    name += `.${term.value}`;
  }
  return name;
}
/** The source text a location covers. */
export function locText(loc: Loc): string {
  return loc.source.text.slice(loc.offset, loc.end);
}
/** The whole line a location begins in. */
export function lineText(loc: Loc): string {
  const { text } = loc.source;
  const start = text.lastIndexOf('\n', loc.offset - 1) + 1;
  const end = text.indexOf('\n', loc.offset);
  return text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '');
}
export function isWildcard(name: string): boolean {
  return name.startsWith('$');
}
