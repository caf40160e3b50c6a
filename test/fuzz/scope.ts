// What a generated term may speak of.
import type { Kind } from './builtins.ts';
import type { Random } from './random.ts';

/** `rego.v1`, `future.keywords`, or the old syntax without either. */
export type Dialect = 'v1' | 'future' | 'v0';

/** Features that are off unless they are named: known differences, each with its reason where it is made. */
export type Feature = string;

export interface RuleName {
  readonly name: string;
  readonly form: 'complete' | 'set' | 'object' | 'function';
  readonly value: Kind;
  readonly arity: number;
}

/** One place in a module: variables of it and of what is around it, and rules written before. */
export class Scope {
  readonly random: Random;
  readonly dialect: Dialect;
  readonly rules: readonly RuleName[];
  readonly features: ReadonlySet<Feature>;
  /** Makes a body (bodies.ts): given here, because bodies are made of terms and terms hold bodies. */
  readonly body: (scope: Scope, most: number) => string[];
  readonly depth: number;
  readonly vars: Map<string, Kind>;
  readonly #names: { next: number };

  constructor(
    from: Pick<Scope, 'random' | 'dialect' | 'rules' | 'features' | 'body'>,
    depth = 0,
    vars: Iterable<readonly [string, Kind]> = [],
    names = { next: 0 },
  ) {
    this.random = from.random;
    this.dialect = from.dialect;
    this.rules = from.rules;
    this.features = from.features;
    this.body = from.body;
    this.depth = depth;
    this.vars = new Map(vars);
    this.#names = names;
  }

  /** A place inside this one: what it declares stays there. */
  inner(): Scope {
    return new Scope(this, this.depth + 1, this.vars, this.#names);
  }

  /** A name that no variable of the rule has. */
  fresh(): string {
    return `v${(this.#names.next += 1)}`;
  }

  /** A variable that can stand for the kind, if there is one. */
  variable(kind: Kind): string | undefined {
    const fits = [...this.vars].filter(([, has]) => kind === 'any' || has === kind || has === 'any');
    return fits.length === 0 ? undefined : this.random.pick(fits)[0];
  }
}
