/** What a scan pod is told by its environment (spec.md §6). */

export interface ScanPodEnvironment {
  /** The git or blob URL, exactly as the scan has it. */
  readonly repository?: string;
  readonly revision?: string;
  readonly knownHosts?: string;
  readonly gitUsername?: string;
  readonly image?: string;
}

export function scanPodEnvironment(env: NodeJS.ProcessEnv = process.env): ScanPodEnvironment {
  const read = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  return {
    repository: read('REPOSITORY'),
    revision: read('REVISION'),
    knownHosts: read('KNOWN_HOSTS'),
    gitUsername: read('GIT_USERNAME'),
    image: read('IMAGE'),
  };
}
