/** The process's environment as the Kubernetes client may have it: where a cluster is, and for credential plugins. */
export function kubeEnvironment(
  env: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string | undefined>> {
  return env;
}
