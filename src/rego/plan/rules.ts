// Rules to code, each group when it is first asked for, and the documents and functions they make.
import { constantOf, planMatch, planRead, type Bound } from './terms.ts';
import { equal, keyOf, RegoObject, RegoSet } from '../value.ts';
import { evalError, Frame, type Rules, type Vm } from '../eval/vm.ts';
import { baseAt, laidOver } from '../eval/documents.ts';
import { Partial } from './partial.ts';
import { planBody } from './exprs.ts';
import { Planner } from './planner.ts';
import type { Group, RuleIr, TreeNode } from '../compile/tree.ts';
import type { Loc } from '../ast.ts';
import type { Matcher, Reader, Step } from './slots.ts';
import type { Value } from '../types.ts';

interface PlannedRule {
  readonly planner: Planner;
  readonly args: readonly Matcher[];
  readonly body: Step;
  /** The one value it can have, where the head is constant. */
  readonly constant: Value | undefined;
  readonly else: PlannedRule | undefined;
  readonly loc: Loc;
}

interface PlannedGroup {
  readonly group: Group;
  readonly rules: readonly PlannedRule[];
  readonly default: PlannedRule | undefined;
  /** Every rule has the same constant value: the first that holds decides. */
  readonly sameConstant: boolean;
}

interface PlannedPartial {
  readonly planner: Planner;
  readonly run: (frame: Frame, into: Partial) => void;
}

/** Calls are remembered when their operands are scalars; hashing larger ones costs more than most calls. */
function callKey(args: readonly Value[]): unknown {
  if (args.length === 1 && isPlain(args[0])) return keyOf(args[0] ?? null);
  if (args.length > 3 || !args.every(isPlain)) return undefined;
  return JSON.stringify(args);
}

function isPlain(value: Value | undefined): boolean {
  return value === null || (typeof value !== 'object' && value !== undefined);
}

export class CompiledRules implements Rules {
  readonly #root: TreeNode;
  readonly #groups = new Map<Group, PlannedGroup>();
  readonly #partials = new Map<Group, readonly PlannedPartial[]>();

  constructor(root: TreeNode) {
    this.#root = root;
  }

  document(vm: Vm, node: TreeNode): Value | undefined {
    const { env } = vm;
    if (env.hidden?.has(node) === true) return baseAt(env.data, node.path());
    const known = env.documents.get(node);
    if (known !== undefined || env.documents.has(node)) return known;
    vm.tick();
    const value = this.#evaluate(vm, node);
    env.documents.set(node, value);
    return value;
  }

  #evaluate(vm: Vm, node: TreeNode): Value | undefined {
    const { group } = node;
    if (group === undefined || group.kind === 'function') return this.#directory(vm, node);
    if (group.kind === 'complete') return this.#complete(vm, this.#plan(group), undefined);
    const into = this.#partial(vm, group);
    for (const [name, child] of node.children) this.#absorb(vm, into, into.value, name, child, group.loc);
    return into.value;
  }

  /** A package or what lies above packages: base documents with the rules' laid over them. */
  #directory(vm: Vm, node: TreeNode): Value | undefined {
    const base = baseAt(vm.env.data, node.path());
    const children = [...node.children].filter(([, child]) => child.hasDocuments);
    if (children.length === 0 && base !== undefined) return base;
    const object = base instanceof RegoObject ? base.copy() : new RegoObject();
    for (const [name, child] of children) {
      const value = this.document(vm, child);
      if (value !== undefined)
        object.set(name, child.group === undefined ? value : laidOver(object.get(name), value));
    }
    return object;
  }

  /** Lays the documents of a child node over what is in the partial document at its name. */
  #absorb(vm: Vm, into: Partial, at: Value, name: string, child: TreeNode, loc: Loc): void {
    const known = at instanceof RegoObject ? at.get(name) : undefined;
    const own = known !== undefined && into.owns(known);
    if (own && known instanceof RegoObject && child.group === undefined) {
      for (const [below, node] of child.children) this.#absorb(vm, into, known, below, node, loc);
      return;
    }
    const document = child.hasDocuments ? this.document(vm, child) : undefined;
    if (document === undefined) return;
    if (own && known instanceof RegoSet && document instanceof RegoSet)
      for (const member of document.values()) known.add(member);
    else if (own && known instanceof RegoObject && document instanceof RegoObject)
      for (const [key, value] of document.entries()) into.put(known, key, value, loc);
    else into.put(at, name, document, loc);
  }

  #complete(vm: Vm, planned: PlannedGroup, args: readonly Value[] | undefined): Value | undefined {
    let result: Value | undefined;
    for (const rule of planned.rules) {
      const value = this.#first(vm, rule, args);
      if (value === undefined) continue;
      if (result === undefined) result = value;
      else if (!equal(result, value)) throw conflict(planned.group, rule.loc);
      if (planned.sameConstant) break;
    }
    if (result !== undefined || planned.default === undefined) return result;
    return this.#run(vm, planned.default, args);
  }

  /** The value of a rule or of the first in its else chain that has one. */
  #first(vm: Vm, rule: PlannedRule, args: readonly Value[] | undefined): Value | undefined {
    for (let current: PlannedRule | undefined = rule; current !== undefined; current = current.else) {
      const value = this.#run(vm, current, args);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #run(vm: Vm, rule: PlannedRule, args: readonly Value[] | undefined): Value | undefined {
    vm.tick();
    const frame = new Frame(vm, rule.planner.slots.size);
    if (args !== undefined && !rule.args.every((match, index) => match(frame, args[index] ?? null)))
      return undefined;
    rule.body(frame);
    return frame.result;
  }

  call(vm: Vm, group: Group, args: Value[]): Value | undefined {
    const planned = this.#plan(group);
    const key = callKey(args);
    if (key === undefined) return this.#complete(vm, planned, args);
    let memo = vm.env.calls.get(group);
    if (memo === undefined) {
      memo = new Map();
      vm.env.calls.set(group, memo);
    }
    const known = memo.get(key);
    if (known !== undefined || memo.has(key)) return known;
    const { env } = vm;
    const value = this.#complete(vm, planned, args);
    if (env === vm.env) memo.set(key, value);
    return value;
  }

  #plan(group: Group): PlannedGroup {
    const known = this.#groups.get(group);
    if (known !== undefined) return known;
    const rules = group.rules.map((rule) => this.#planRule(group, rule));
    const [first] = rules;
    const constant = first?.constant;
    const sameConstant = constant !== undefined && rules.every((rule) => sameThroughout(rule, constant));
    const planned = {
      group,
      rules,
      default: group.default && this.#planRule(group, group.default),
      sameConstant,
    };
    this.#groups.set(group, planned);
    return planned;
  }

  #planRule(group: Group, rule: RuleIr): PlannedRule {
    const planner = new Planner(this.#root);
    const bound: Bound = new Set();
    const args = rule.args.map((arg) => planMatch(planner, arg, bound));
    const make = planBody(planner, rule.body, bound);
    const value = rule.value;
    const constant = value === undefined ? true : constantOf(value);
    const read: Reader = value === undefined ? () => true : planRead(planner, value, bound);
    const body = make((frame) => {
      const found = read(frame);
      if (found === undefined) return false;
      if (frame.result !== undefined && !equal(frame.result, found)) throw conflict(group, rule.loc);
      frame.result = found;
      return constant !== undefined;
    });
    const otherwise = rule.else && this.#planRule(group, rule.else);
    return { planner, args, body, constant, else: otherwise, loc: rule.loc };
  }

  #partial(vm: Vm, group: Group): Partial {
    let planned = this.#partials.get(group);
    if (planned === undefined) {
      planned = group.rules.map((rule) => this.#planPartial(rule));
      this.#partials.set(group, planned);
    }
    const into = new Partial(group.kind === 'set');
    for (const rule of planned) rule.run(new Frame(vm, rule.planner.slots.size), into);
    return into;
  }

  #planPartial(rule: RuleIr): PlannedPartial {
    const planner = new Planner(this.#root);
    const bound: Bound = new Set();
    const make = planBody(planner, rule.body, bound);
    const path = rule.suffix.map((term) => planRead(planner, term, bound));
    const key = rule.key && planRead(planner, rule.key, bound);
    const value: Reader = rule.value === undefined ? () => true : planRead(planner, rule.value, bound);
    let target: Partial | undefined;
    const body = make((frame) => {
      const keys = path.map((read) => read(frame));
      const member = (key ?? value)(frame);
      if (member !== undefined) target?.add(keys, member, key !== undefined, rule.loc);
      return false;
    });
    const run = (frame: Frame, into: Partial): void => {
      const before = target;
      target = into;
      body(frame);
      target = before;
    };
    return { planner, run };
  }
}

function sameThroughout(rule: PlannedRule, constant: Value): boolean {
  if (rule.constant === undefined || !equal(rule.constant, constant)) return false;
  return rule.else === undefined || sameThroughout(rule.else, constant);
}

function conflict(group: Group, loc: Loc): Error {
  const message =
    group.kind === 'function'
      ? `function ${group.name} produced conflicting values for the same inputs`
      : `rule ${group.name} produced conflicting values`;
  return evalError('eval_conflict_error', message, loc);
}
