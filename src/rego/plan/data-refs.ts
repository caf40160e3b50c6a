// References into `data`: through the tree of rules as far as the path is known, through values from there.
import { baseAt, childBase } from '../eval/documents.ts';
import { RegoObject } from '../value.ts';
import { chainParts, planPart, type Part, type Walk } from './refs.ts';
import { splitPath, type TreeNode } from '../compile/tree.ts';
import type { Frame } from '../eval/vm.ts';
import type { Bound } from './terms.ts';
import type { Planner } from './planner.ts';
import type { Step, ValueStep } from './slots.ts';
import type { Term } from '../ast.ts';
import type { Value } from '../types.ts';

export function planDataRef(planner: Planner, path: readonly Term[], bound: Bound): Walk {
  const { nodes, node } = follow(planner.root, path);
  const depth = nodes.length - 1;
  const rest = path.slice(depth);
  const parts = rest.map((term) => planPart(planner, term, bound));
  const base = splitPath(path).fixed.slice(0, depth);
  return (last) => {
    const values = chainParts(parts, last);
    const baseValues = chainParts(parts, last, childBase);
    const fromBase: Step = (frame) => {
      const value = baseAt(frame.vm.env.data, base);
      return value !== undefined && baseValues(frame, value);
    };
    const step = chooseStep(node, rest, parts, values, last, fromBase);
    return (frame) => {
      const { hidden } = frame.vm.env;
      if (hidden !== undefined && nodes.some((item) => hidden.has(item))) return fromBase(frame);
      return step(frame);
    };
  };
}

/** The tree nodes along the constant part of a path, up to the first document made by rules. */
function follow(root: TreeNode, path: readonly Term[]): { nodes: TreeNode[]; node: TreeNode } {
  const nodes = [root];
  let node = root;
  for (const name of splitPath(path).fixed) {
    const child = node.children.get(name);
    if (child === undefined || !child.hasDocuments) break;
    node = child;
    nodes.push(node);
    if (node.group !== undefined && node.group.kind !== 'function') break;
  }
  return { nodes, node };
}

function chooseStep(
  node: TreeNode,
  rest: readonly Term[],
  parts: readonly Part[],
  values: ValueStep,
  last: ValueStep,
  fromBase: Step,
): Step {
  const isDocument = node.group !== undefined && node.group.kind !== 'function';
  if (isDocument || rest.length === 0) {
    return (frame) => {
      const value = frame.vm.rules.document(frame.vm, node);
      return value !== undefined && values(frame, value);
    };
  }
  const [next] = rest;
  if (next?.kind === 'scalar') return fromBase;
  return dynamicStep(node, parts, last);
}

/** A place in the tree together with the base document there. */
type TreeStep = (frame: Frame, node: TreeNode, base: Value | undefined) => boolean;

function dynamicStep(node: TreeNode, parts: readonly Part[], last: ValueStep): Step {
  const start = treeChain(parts, last);
  const path = node.path();
  return (frame) => start(frame, node, baseAt(frame.vm.env.data, path));
}

function treeChain(parts: readonly Part[], last: ValueStep): TreeStep {
  const [part, ...rest] = parts;
  if (part === undefined) {
    return (frame, node) => {
      const value = frame.vm.rules.document(frame.vm, node);
      return value !== undefined && last(frame, value);
    };
  }
  const values = chainParts(rest, last);
  const deeper = treeChain(rest, last);
  const enter = (frame: Frame, node: TreeNode, base: Value | undefined, key: Value): boolean => {
    const child = typeof key === 'string' ? node.children.get(key) : undefined;
    const below = childBase(base, key);
    if (child === undefined || !child.hasDocuments || frame.vm.env.hidden?.has(child) === true) {
      return below !== undefined && values(frame, below);
    }
    if (child.group === undefined || child.group.kind === 'function') return deeper(frame, child, below);
    const value = frame.vm.rules.document(frame.vm, child);
    return value !== undefined && values(frame, value);
  };
  if ('key' in part) {
    const readKey = part.key;
    return (frame, node, base) => {
      const key = readKey(frame);
      return key !== undefined && enter(frame, node, base, key);
    };
  }
  const { pattern } = part;
  return (frame, node, base) => {
    for (const key of keysOf(node, base)) {
      frame.vm.tick();
      if (pattern(frame, key) && enter(frame, node, base, key)) return true;
    }
    return false;
  };
}

function keysOf(node: TreeNode, base: Value | undefined): readonly Value[] {
  const all = new RegoObject();
  if (base instanceof RegoObject) for (const key of base.keys()) all.set(key, true);
  for (const [name, child] of node.children) if (child.hasDocuments) all.set(name, true);
  return all.keys();
}
