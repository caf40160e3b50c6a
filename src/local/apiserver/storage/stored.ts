/** An object as it is kept: its JSON text, and the parsed form for as long as somebody needs it. */
import type { Obj } from '../types.ts';

/**
 * Immutable. `text` starts with `{"apiVersion":"…","kind":"…"`, so that another served version of it is the same text
 * with another head. `object` must never be changed in place: it is shared by every reader.
 */
export class Stored {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly text: string;
  #object: Obj | undefined;

  constructor(
    resource: string,
    namespace: string,
    name: string,
    revision: number,
    text: string,
    object?: Obj,
  ) {
    this.resource = resource;
    this.namespace = namespace;
    this.name = name;
    this.revision = revision;
    this.text = text;
    this.#object = object;
  }

  get object(): Obj {
    this.#object ??= JSON.parse(this.text) as Obj;
    return this.#object;
  }

  /** Drops the parsed form; it is made again when asked for. */
  forget(): void {
    this.#object = undefined;
  }
}

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One write. For DELETED `stored` is the last state, with the revision of the deletion. */
export interface Change {
  readonly type: ChangeType;
  readonly revision: number;
  readonly stored: Stored;
  readonly previous: Stored | undefined;
}
