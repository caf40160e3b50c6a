// The tree of packages and rules under `data`.
import { operatorName, type Expr, type Loc, type Ref, type Rule, type Term } from '../ast.ts';

/** A rule ready to be planned: flat, ordered, everything resolved. */
export interface RuleIr {
  readonly args: readonly Term[];
  /** What follows the constant part of the head: `[x]` of `p[x]`. */
  readonly suffix: readonly Term[];
  readonly key?: Term;
  readonly value?: Term;
  readonly body: readonly Expr[];
  readonly else?: RuleIr;
  readonly loc: Loc;
}

export type GroupKind = 'complete' | 'set' | 'object' | 'function';

/** All rules of one name. */
export interface Group {
  /** `data.main.deny` */
  readonly name: string;
  readonly node: TreeNode;
  kind: GroupKind;
  arity: number;
  readonly rules: RuleIr[];
  default?: RuleIr;
  /** Where it is first defined. */
  readonly loc: Loc;
}

export class TreeNode {
  readonly name: string;
  readonly parent: TreeNode | undefined;
  readonly children = new Map<string, TreeNode>();
  group: Group | undefined;
  /** Something in this subtree is a document, not only functions. */
  hasDocuments = false;
  isPackage = false;

  constructor(name: string, parent?: TreeNode) {
    this.name = name;
    this.parent = parent;
  }

  child(name: string): TreeNode {
    let node = this.children.get(name);
    if (node === undefined) {
      node = new TreeNode(name, this);
      this.children.set(name, node);
    }
    return node;
  }

  path(): string[] {
    return this.parent === undefined ? [] : [...this.parent.path(), this.name];
  }

  descend(path: readonly string[]): TreeNode {
    return path.reduce<TreeNode>((node, name) => node.child(name), this);
  }

  find(path: readonly string[]): TreeNode | undefined {
    return path.reduce<TreeNode | undefined>((node, name) => node?.children.get(name), this);
  }

  *groups(): IterableIterator<Group> {
    if (this.group !== undefined) yield this.group;
    for (const child of this.children.values()) yield* child.groups();
  }
}

/** The constant strings of a path, and what follows them. */
export function splitPath(terms: readonly Term[]): { fixed: string[]; rest: Term[] } {
  const fixed: string[] = [];
  for (const term of terms) {
    if (term.kind !== 'scalar' || typeof term.value !== 'string') break;
    fixed.push(term.value);
  }
  return { fixed, rest: terms.slice(fixed.length) };
}

/** Package path without `data`. */
export function packagePath(ref: Ref): string[] {
  return splitPath(ref.terms.slice(1)).fixed;
}

export function kindOf(rule: Rule, rest: readonly Term[]): GroupKind {
  if (rule.head.args !== undefined) return 'function';
  if (rest.length > 0) return 'object';
  return rule.head.key === undefined ? 'complete' : 'set';
}

/** `data.a["b c"]`: a path as OPA prints it. */
export function pathName(path: readonly string[]): string {
  return `data${path.map((part) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`)).join('')}`;
}

/** The group a call's operator names, when it is one of `data`. */
export function functionGroup(root: TreeNode, op: Term): Group | undefined {
  if (op.kind !== 'ref' || op.terms[0]?.kind !== 'var' || op.terms[0].name !== 'data') return undefined;
  const { fixed, rest } = splitPath(op.terms.slice(1));
  return rest.length > 0 ? undefined : root.find(fixed)?.group;
}

export function isDataRef(op: Term): boolean {
  return op.kind === 'ref' && (operatorName(op) ?? '').startsWith('data.');
}
