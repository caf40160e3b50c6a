// The public shapes of the engine. Everything a caller touches is declared here.
import type { RegoObject, RegoSet } from './value.ts';
import type { BigNum } from './number.ts';

/**
 * A Rego value. Scalars are plain JS values and arrays are plain JS arrays, so that reading a result costs
 * nothing. A number is a JS number when its decimal text is what JS would print, and a BigNum (exact text)
 * otherwise: `1.50`, `1e3`, 12345678901234567890.
 */
export type Value = null | boolean | number | string | BigNum | readonly Value[] | RegoObject | RegoSet;

/** One Rego file; `name` is what errors show. */
export interface ModuleSource {
  readonly name: string;
  readonly source: string;
}

/** What the language offers to a policy: names of builtins it may call. Without a list: all of them. */
export interface Capabilities {
  readonly builtins?: readonly string[];
}

export interface CompileOptions {
  /** Syntax of modules without `import rego.v1`. Default 0, as `opa --v0-compatible`. */
  readonly regoVersion?: 0 | 1;
  readonly capabilities?: Capabilities;
  /** OPA's strict mode: unused locals and imports and so on are errors. Default false. */
  readonly strict?: boolean;
}

/** One error of the parser, the compiler or the evaluation. Rows and columns count from 1; 0 when unknown. */
export interface RegoErrorEntry {
  /** OPA's code: `rego_parse_error`, `rego_unsafe_var_error`, `eval_conflict_error`, … */
  readonly code: string;
  readonly message: string;
  readonly file: string;
  readonly row: number;
  readonly col: number;
  /** The source line the position is in, for display. */
  readonly text: string;
  /** More lines about it: what a call was given and what it wants. */
  readonly details?: readonly string[];
}

/** A rule as a question about a policy sees it. */
export interface RuleInfo {
  /** `data.main.deny` */
  readonly path: string;
  /** `main` */
  readonly package: string;
  /** `deny` (for `a.b[x] := …` the head's ground part, `a.b`) */
  readonly name: string;
  readonly kind: 'complete' | 'set' | 'object' | 'function';
  readonly default: boolean;
  readonly file: string;
  readonly row: number;
  readonly col: number;
}

export interface QueryOptions {
  /** The package the query is read in, e.g. `data.main`: its rules can be named directly. */
  readonly package?: string;
  /** Imports, as in a module: `data.foo`, `future.keywords.in`, `rego.v1`. */
  readonly imports?: readonly string[];
  readonly regoVersion?: 0 | 1;
}

export interface Limits {
  /** Milliseconds since the epoch at which the evaluation stops with `eval_cancel_error`. */
  readonly deadline?: number;
  /** Steps (iterations, calls, rule evaluations) after which it stops with `eval_cancel_error`. */
  readonly steps?: number;
  /** Asked every few thousand steps; true stops the evaluation. */
  readonly cancelled?: () => boolean;
}

export interface EvaluateOptions {
  /** `input`; left out means undefined, as in OPA. Use fromJson or fromJs to make one. */
  readonly input?: Value;
  /** Base documents under `data`; an object. */
  readonly data?: Value;
  readonly limits?: Limits;
  /** Builtin errors end the evaluation instead of making the expression undefined. Default false. */
  readonly strictBuiltinErrors?: boolean;
  /** Nanoseconds since the epoch that `time.now_ns` answers; default is the clock. */
  readonly now?: bigint;
  /** Seed of `rand.intn` and `uuid.rfc4122`; default is random. */
  readonly seed?: string;
  /** Receives each `print(…)` call's line. Without it, prints are dropped and not evaluated. */
  readonly print?: (line: string, at: { file: string; row: number; col: number }) => void;
  /** Receives `trace(…)` notes. */
  readonly trace?: (note: string) => void;
}

/** What one expression of the query came to. */
export interface ExpressionResult {
  readonly text: string;
  readonly value: Value;
  readonly row: number;
  readonly col: number;
}

/** One answer of a query. An undefined query has no results at all. */
export interface QueryResult {
  /** The query's own variables. */
  readonly bindings: ReadonlyMap<string, Value>;
  readonly expressions: readonly ExpressionResult[];
}

export interface PreparedQuery {
  /** Throws RegoErrors with a code that begins with `eval_`. */
  evaluate(options?: EvaluateOptions): QueryResult[];
}

/** Policies compiled together; immutable, and may be asked any number of queries. */
export interface CompiledPolicy {
  /** Throws RegoErrors when the query does not parse or compile. */
  query(source: string, options?: QueryOptions): PreparedQuery;
  /** Package paths without `data.`: `main`, `lib.severity`. Sorted. */
  packages(): string[];
  /** Every rule, in source order. */
  rules(): RuleInfo[];
}

/** A builtin as a list of them shows it. */
export interface BuiltinInfo {
  readonly name: string;
  /** `:=`-style operator, e.g. `+` for `plus`. */
  readonly infix?: string;
  /** Rego type texts: `string`, `array[any]`, … */
  readonly args: readonly string[];
  readonly result: string;
  /** True when calling it always ends in a builtin error here: network, environment, files. */
  readonly unavailable?: boolean;
}
