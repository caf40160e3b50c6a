/**
 * Completes a pod to the `restricted` Pod Security level (Kubernetes, "Pod Security Standards"), field by field: what
 * the template sets is never overridden, and no field is added that would contradict one that it sets.
 */
import type { Container, PodSpec } from '../../kube/builtin-types.ts';

type PodContext = NonNullable<PodSpec['securityContext']>;
type ContainerContext = NonNullable<Container['securityContext']>;

export function withRestrictedDefaults(pod: PodSpec): PodSpec {
  // These fields are Linux's; a Windows pod that has them is refused.
  if (pod.os?.name === 'windows') return pod;
  const securityContext = completePod(pod.securityContext ?? {});
  const complete = (container: Container): Container => ({
    ...container,
    securityContext: completeContainer(container.securityContext ?? {}, securityContext),
  });
  return {
    ...pod,
    securityContext,
    containers: pod.containers.map(complete),
    ...(pod.initContainers && { initContainers: pod.initContainers.map(complete) }),
  };
}

function completePod(given: PodContext): PodContext {
  return {
    ...given,
    runAsNonRoot: given.runAsNonRoot ?? given.runAsUser !== 0,
    seccompProfile: given.seccompProfile ?? { type: 'RuntimeDefault' },
  };
}

function completeContainer(given: ContainerContext, pod: PodContext): ContainerContext {
  // The API refuses a container that is privileged, or has this capability, and may not escalate.
  const mayEscalate =
    given.privileged === true ||
    (given.capabilities?.add ?? []).some((name) => /^(CAP_)?SYS_ADMIN$/.test(name));
  return {
    ...given,
    ...(given.allowPrivilegeEscalation === undefined && !mayEscalate && { allowPrivilegeEscalation: false }),
    capabilities: { ...given.capabilities, drop: given.capabilities?.drop ?? ['ALL'] },
    ...runAsNonRoot(given, pod),
  };
}

/** Says root where the template does, since it would inherit the pod's `runAsNonRoot` and never start. */
function runAsNonRoot(given: ContainerContext, pod: PodContext): ContainerContext {
  if (given.runAsNonRoot !== undefined || given.runAsUser === undefined) return {};
  const isRoot = given.runAsUser === 0;
  return pod.runAsNonRoot === isRoot ? { runAsNonRoot: !isRoot } : {};
}
