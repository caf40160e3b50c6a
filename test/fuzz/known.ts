// Known differences, by the name of the switch that makes them count (`--with NAME`). They are never counted as passed.
import type { Difference } from './compare.ts';

const unsafe = 'error: rego_unsafe_var_error';

/**
 * The known kind a difference is of, or undefined when it is a new one:
 * - `types`: one engine finds a static type error (`rego_type_error`) where the other finds none;
 * - `error-order`: both refuse a module, or both stop an evaluation, that has several faults, and name different ones;
 * - `unsafe`: one engine finds an unsafe variable where the other finds nothing wrong;
 * - `index-errors`: OPA's rule index leaves out a rule because a reference in its body is undefined, while we come
 *   to an earlier expression of the body first, and that one fails.
 */
export function knownKind({ question, opa, ours }: Difference): string | undefined {
  const [theirFault, ourFault] = [opa.startsWith('error: '), ours.startsWith('error: ')];
  if (theirFault && ourFault) return 'error-order';
  if (question !== 'compile') return ourFault ? 'index-errors' : undefined;
  if (opa === unsafe || ours === unsafe) return 'unsafe';
  return opa === 'error: rego_type_error' || ours === 'error: rego_type_error' ? 'types' : undefined;
}
