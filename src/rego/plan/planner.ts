// What the planning of one rule or query shares.
import { Slots } from './slots.ts';
import type { TreeNode } from '../compile/tree.ts';

export class Planner {
  readonly root: TreeNode;
  readonly slots = new Slots();
  /** One entry a `with` expression, and one an array comprehension: their places in a frame. */
  readonly saves: number[] = [];
  readonly lists: number[] = [];

  constructor(root: TreeNode) {
    this.root = root;
  }
}
