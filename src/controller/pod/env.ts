/** The environment that every container of a scan pod is given (spec.md §6). */
import type { Container } from '../../kube/builtin-types.ts';

type EnvVar = NonNullable<Container['env']>[number];

/**
 * Linux refuses to start a program with a longer variable (MAX_ARG_STRLEN, 128 KiB with name and terminator). A
 * longer policy is judged by the controller all the same; it only cannot travel this way.
 */
const longestValue = 128 * 1024 - 256;

/**
 * The container with `values` added, except what the template sets itself. Ours come first: a variable may refer to
 * earlier ones by `$(NAME)`, and templates do.
 */
export function withEnv(container: Container, values: Readonly<Record<string, string>>): Container {
  const own = new Set(container.env?.map((variable) => variable.name));
  const added: EnvVar[] = Object.entries(values)
    .filter(([name, value]) => !own.has(name) && Buffer.byteLength(value) <= longestValue)
    .map(([name, value]) => ({ name, value: escaped(value) }));
  return { ...container, env: [...added, ...(container.env ?? [])] };
}

/** Kubernetes expands `$(NAME)` in values and reads `$$` as `$`; a policy's text must arrive as it is. */
function escaped(value: string): string {
  return /\$[$(]/.test(value) ? value.replaceAll('$', '$$$$') : value;
}
