// Where a rule's variables live, and the shapes of compiled code.
import type { Frame } from '../eval/vm.ts';
import type { Value } from '../types.ts';

/** Runs what follows; true means stop: the answer is known. */
export type Step = (frame: Frame) => boolean;
/** Makes a step from the one that follows it. */
export type Maker = (next: Step) => Step;
/** Reads a value from bound variables. */
export type Reader = (frame: Frame) => Value | undefined;
/** Takes a value on: as a step with an operand. */
export type ValueStep = (frame: Frame, value: Value) => boolean;
/** Whether a value fits a pattern, binding its variables. */
export type Matcher = ValueStep;

/** Slots of a frame by variable name. */
export class Slots {
  readonly #indexes = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  of(name: string): number {
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    const index = this.fresh();
    this.#indexes.set(name, index);
    return index;
  }

  fresh(): number {
    this.#size += 1;
    return this.#size - 1;
  }
}

export function chain(makers: readonly Maker[], last: Step): Step {
  return makers.reduceRight((next, make) => make(next), last);
}
