// Which names stand for what inside a rule: its locals by scope, and the rules and imports around it.
import type { Loc, Ref } from '../ast.ts';
import type { Problems } from './errors.ts';

/** Makes names no policy can write: `x#3` for a local called x, `#4` for one of our own. */
export class Names {
  #count = 0;

  local(name: string): string {
    this.#count += 1;
    return `${name}#${this.#count}`;
  }

  temporary(): string {
    return this.local('');
  }
}

/** The name as written, or undefined for a variable of our own making or `_`. */
export function writtenName(name: string): string | undefined {
  if (name.startsWith('$')) return undefined;
  const written = name.split('#')[0];
  return written === '' ? undefined : written;
}

interface Declared {
  readonly local: string;
  readonly kind: 'some' | 'assign' | 'arg' | 'every';
  readonly loc: Loc;
  used: boolean;
}

export class Scope {
  readonly #parent: Scope | undefined;
  readonly #declared = new Map<string, Declared>();
  readonly #seen = new Set<string>();

  constructor(parent?: Scope) {
    this.#parent = parent;
  }

  /** The local a name stands for; notes the use. */
  lookup(name: string): string | undefined {
    const found = this.#declared.get(name);
    if (found !== undefined) {
      found.used = true;
      return found.local;
    }
    return this.#parent?.lookup(name);
  }

  /** Notes that a name was used before anything declared it here. */
  see(name: string): void {
    this.#seen.add(name);
  }

  declare(name: string, kind: Declared['kind'], loc: Loc, names: Names, problems: Problems): string {
    const before = this.#declared.get(name);
    if (before !== undefined) {
      const how =
        before.kind === 'arg'
          ? `arg ${name} redeclared`
          : before.kind === 'some' || before.kind === 'every'
            ? `var ${name} declared above`
            : `var ${name} assigned above`;
      problems.add('rego_compile_error', how, loc);
      return before.local;
    }
    if (this.#seen.has(name)) problems.add('rego_compile_error', `var ${name} referenced above`, loc);
    const local = names.local(name);
    this.#declared.set(name, { local, kind, loc, used: kind !== 'some' && kind !== 'every' });
    return local;
  }

  /** `some x` that nothing uses is an error. */
  checkUsed(problems: Problems): void {
    for (const [name, { used, kind, loc }] of this.#declared) {
      if (!used && (kind === 'some' || kind === 'every'))
        problems.add('rego_compile_error', `declared var ${name} unused`, loc);
    }
  }
}

/** What a module's or query's free names stand for: rules of the package, and imports. */
export type Globals = ReadonlyMap<string, Ref>;
