/** The pod of a scan: its template's, completed (spec.md §6). */
import type { Container, PodSpec } from '../../kube/builtin-types.ts';
import type { SecretVolume } from '../scan-kinds.ts';
import { withEnv } from './env.ts';
import { withRestrictedDefaults } from './security.ts';
import { withSecretVolumes } from './volumes.ts';

export type Quantities = Readonly<Record<string, string>>;

export interface PodParts {
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly SecretVolume[];
  /** For containers that set none. */
  readonly resources?: { readonly limits?: Quantities; readonly requests?: Quantities };
}

/** @param template a PodSpec that `readPodTemplate` accepted */
export function buildPodSpec(template: PodSpec, parts: PodParts): PodSpec {
  const complete = (container: Container): Container =>
    withDefaults(withEnv(container, parts.env), parts.resources);
  const pod: PodSpec = {
    ...template,
    // An attempt is one pod, run once; whether there is another attempt is ours to decide.
    restartPolicy: 'Never',
    ...tokenRule(template),
    containers: template.containers.map(complete),
    ...(template.initContainers && { initContainers: template.initContainers.map(complete) }),
  };
  return withRestrictedDefaults(withSecretVolumes(pod, parts.secrets));
}

/** No API rights, unless the template names an account on purpose. */
function tokenRule(template: PodSpec): Pick<PodSpec, 'automountServiceAccountToken'> {
  const account = template.serviceAccountName || template.serviceAccount;
  return account ? {} : { automountServiceAccountToken: false };
}

function withDefaults(container: Container, resources: PodParts['resources']): Container {
  return {
    ...container,
    // A container that fails without writing a termination message is quoted from its log.
    terminationMessagePolicy: container.terminationMessagePolicy ?? 'FallbackToLogsOnError',
    ...(resources && !container.resources && { resources: { ...resources } }),
  };
}
