/** The process's environment as fetching may have it: where git is, proxies, certificates, the SSH agent. */
export function fetchEnvironment(
  env: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string | undefined>> {
  return env;
}
