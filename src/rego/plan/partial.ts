// The document that partial rules fill: a set, or an object that may hold further objects and sets.
import { evalError } from '../eval/vm.ts';
import { equal, RegoObject, RegoSet } from '../value.ts';
import type { Loc } from '../ast.ts';
import type { Value } from '../types.ts';

export class Partial {
  readonly value: RegoObject | RegoSet;
  /** The collections made here; others are rules' values and must not be changed. */
  readonly #own = new Set<Value>();

  constructor(isSet: boolean) {
    this.value = isSet ? new RegoSet() : new RegoObject();
    this.#own.add(this.value);
  }

  /** Puts a value at a path, or a member into the set at a path. */
  add(path: readonly (Value | undefined)[], member: Value, isMember: boolean, loc: Loc): void {
    let at: Value = this.value;
    const last = isMember ? path.length : path.length - 1;
    for (let index = 0; index < last; index += 1) {
      const key = path[index];
      if (key === undefined || !(at instanceof RegoObject) || !this.#own.has(at)) throw conflict(loc);
      at = this.#enter(at, key, isMember && index === last - 1);
    }
    if (isMember) this.#addMember(at, member, loc);
    else this.#setValue(at, path[last], member, loc);
  }

  owns(value: Value): boolean {
    return this.#own.has(value);
  }

  /** Puts a value under a key of a collection made here. */
  put(at: Value, key: Value, value: Value, loc: Loc): void {
    this.#setValue(at, key, value, loc);
  }

  #enter(object: RegoObject, key: Value, asSet: boolean): Value {
    const known = object.get(key);
    if (known !== undefined) return known;
    const made = asSet ? new RegoSet() : new RegoObject();
    this.#own.add(made);
    object.set(key, made);
    return made;
  }

  #addMember(at: Value, member: Value, loc: Loc): void {
    if (!(at instanceof RegoSet) || !this.#own.has(at)) throw conflict(loc);
    at.add(member);
  }

  #setValue(at: Value, key: Value | undefined, value: Value, loc: Loc): void {
    if (key === undefined || !(at instanceof RegoObject) || !this.#own.has(at)) throw conflict(loc);
    const known = at.get(key);
    if (known !== undefined && !equal(known, value)) throw conflict(loc);
    if (known === undefined) at.set(key, value);
  }
}

function conflict(loc: Loc): Error {
  return evalError('eval_conflict_error', 'object keys must be unique', loc);
}
