import type { Container, Pod } from '../../kube/builtin-types.ts';
import { expand } from './expand.ts';
import { fieldValue, resourceValue } from './fields.ts';
import type { Contents, Sources } from './sources.ts';
import { ContainerRefused } from './types.ts';

type EnvVar = NonNullable<Container['env']>[number];
type EnvFrom = NonNullable<Container['envFrom']>[number];

function refused(message: string): ContainerRefused {
  return new ContainerRefused('CreateContainerConfigError', message);
}

/**
 * The container's environment: `envFrom` in order, then `env` in order, later names winning, `$(NAME)` expanded from
 * what stands before. Worded as the kubelet words it.
 * @throws ContainerRefused `CreateContainerConfigError` for what is missing and not optional
 */
export async function resolveEnvironment(
  pod: Pod,
  container: Container,
  sources: Sources,
): Promise<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const from of container.envFrom ?? []) {
    for (const [name, value] of await envFrom(pod, from, sources)) result[name] = value;
  }
  for (const variable of container.env ?? []) {
    const value =
      variable.valueFrom === undefined
        ? expand(variable.value ?? '', result)
        : await valueFrom(pod, container, variable.valueFrom, sources);
    if (value !== undefined) result[variable.name] = value;
  }
  return result;
}

async function envFrom(pod: Pod, from: EnvFrom, sources: Sources): Promise<[string, string][]> {
  const namespace = pod.metadata.namespace ?? '';
  const isSecret = from.secretRef !== undefined;
  const { name = '', optional } = from.secretRef ?? from.configMapRef ?? {};
  const contents = await (isSecret ? sources.secret(namespace, name) : sources.configMap(namespace, name));
  if (!contents && !optional) throw refused(`${isSecret ? 'secret' : 'configmap'} "${name}" not found`);
  const entries = [...(contents ?? [])].filter(([key]) => key !== '' && !key.includes('='));
  return entries.map(([key, value]) => [(from.prefix ?? '') + key, value.toString()]);
}

async function valueFrom(
  pod: Pod,
  container: Container,
  from: NonNullable<EnvVar['valueFrom']>,
  sources: Sources,
): Promise<string | undefined> {
  const namespace = pod.metadata.namespace ?? '';
  if (from.fieldRef) {
    const value = fieldValue(pod, from.fieldRef.fieldPath);
    if (value === undefined) throw refused(`unsupported fieldPath: ${from.fieldRef.fieldPath}`);
    return value;
  }
  if (from.resourceFieldRef) {
    const { resource, divisor } = from.resourceFieldRef;
    return resourceValue(container, resource, divisor);
  }
  if (from.secretKeyRef) {
    const { name = '', key, optional } = from.secretKeyRef;
    const contents = await sources.secret(namespace, name);
    return keyOf(contents, key, optional, `secret "${name}" not found`, `Secret ${namespace}/${name}`);
  }
  if (from.configMapKeyRef) {
    const { name = '', key, optional } = from.configMapKeyRef;
    const contents = await sources.configMap(namespace, name);
    return keyOf(contents, key, optional, `configmap "${name}" not found`, `ConfigMap ${namespace}/${name}`);
  }
  throw refused(`environment variable with a valueFrom of a kind that is not supported`);
}

function keyOf(
  contents: Contents | undefined,
  key: string,
  optional: boolean | undefined,
  missing: string,
  owner: string,
): string | undefined {
  const value = contents?.get(key);
  if (value !== undefined) return value.toString();
  if (optional) return undefined;
  throw refused(contents ? `couldn't find key ${key} in ${owner}` : missing);
}
