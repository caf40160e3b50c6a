// The state of one evaluation: documents, memo tables, limits.
import { lineText, type Loc } from '../ast.ts';
import { RegoErrors } from '../errors.ts';
import { RegoObject } from '../value.ts';
import type { Group, TreeNode } from '../compile/tree.ts';
import type { EvaluateOptions, Value } from '../types.ts';
import type { BuiltinContext } from '../builtins/context.ts';

/** What stands in for a function under `with`. */
export type Mock = { readonly value: Value } | { readonly name: string };

/** What documents are seen; `with` makes another. */
export interface Env {
  readonly input: Value | undefined;
  readonly data: Value;
  /** Values of tree nodes; undefined is remembered too. */
  readonly documents: Map<TreeNode, Value | undefined>;
  readonly calls: Map<Group, Map<unknown, Value | undefined>>;
  readonly mocks?: ReadonlyMap<string, Mock>;
  /** Tree nodes whose rules `with data.… as` hides. */
  readonly hidden?: ReadonlySet<TreeNode>;
  /** The same without mocks: what a mock itself runs under. */
  unmocked?: Env;
}

export function newEnv(input: Value | undefined, data: Value, more: Pick<Env, 'mocks' | 'hidden'> = {}): Env {
  const { mocks, hidden } = more;
  return {
    input,
    data,
    documents: new Map(),
    calls: new Map(),
    ...(mocks && { mocks }),
    ...(hidden && { hidden }),
  };
}

/** The compiled rules: what a tree node and a function come to. */
export interface Rules {
  document(vm: Vm, node: TreeNode): Value | undefined;
  call(vm: Vm, group: Group, args: Value[]): Value | undefined;
}

/** Steps between two looks at the clock and the caller's hook. */
const CHECK_EVERY = 4096;

export class Vm {
  env: Env;
  readonly strict: boolean;
  readonly context: BuiltinContext;
  readonly rules: Rules;
  readonly #options: EvaluateOptions;
  #steps = 0;
  #nextCheck = CHECK_EVERY;

  constructor(rules: Rules, options: EvaluateOptions, context: BuiltinContext) {
    this.rules = rules;
    this.#options = options;
    this.strict = options.strictBuiltinErrors === true;
    this.context = context;
    this.env = newEnv(options.input, options.data ?? new RegoObject());
  }

  get print(): EvaluateOptions['print'] {
    return this.#options.print;
  }

  /** Counts one step; now and then asks whether to go on. */
  tick(): void {
    this.#steps += 1;
    if (this.#steps >= this.#nextCheck) this.#check();
  }

  #check(): void {
    this.#nextCheck = this.#steps + CHECK_EVERY;
    const { limits } = this.#options;
    if (limits === undefined) return;
    if (limits.steps !== undefined && this.#steps > limits.steps)
      throw cancelled('the limit of steps is used up');
    if (limits.deadline !== undefined && Date.now() > limits.deadline) throw cancelled('the time is used up');
    if (limits.cancelled?.() === true) throw cancelled('the caller stopped it');
  }
}

function cancelled(why: string): RegoErrors {
  const message = `caller cancelled query execution: ${why}`;
  return new RegoErrors([{ code: 'eval_cancel_error', message, file: '', row: 0, col: 0, text: '' }]);
}

export function evalError(code: string, message: string, loc: Loc): RegoErrors {
  return new RegoErrors([
    { code, message, file: loc.source.name, row: loc.row, col: loc.col, text: lineText(loc) },
  ]);
}

/** The variables of one rule's evaluation, and where its answers go. */
export class Frame {
  readonly slots: (Value | undefined)[];
  readonly vm: Vm;
  /** The value of a complete rule or a function, once there is one. */
  result: Value | undefined;
  /** What `with` expressions put aside. */
  saved: Env[] | undefined;
  /** Arrays that comprehensions are filling. */
  lists: Value[][] | undefined;

  constructor(vm: Vm, size: number) {
    this.vm = vm;
    this.slots = [];
    this.slots.length = size;
  }
}
