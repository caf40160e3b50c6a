/**
 * Replaces `$(NAME)` by the variable's value, as the kubelet does in `command`, `args` and `env`: an unknown name stays
 * as it is, `$$` is a dollar sign, so `$$(NAME)` stands for `$(NAME)`.
 */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(\$|\(([^)]*)\))/g, (whole, rest: string, name: string | undefined) => {
    if (rest === '$') return '$';
    return name !== undefined && Object.hasOwn(variables, name) ? (variables[name] ?? '') : whole;
  });
}
