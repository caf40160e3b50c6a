/** Reads `spec.template` of a ScanTemplate as far as the controller itself depends on it; the API judges the rest. */
import { z } from 'zod';
import type { PodSpec } from '../../kube/builtin-types.ts';

const named = z.looseObject({ name: z.string().min(1) });
const securityContext = z.looseObject({
  runAsUser: z.number().optional(),
  runAsNonRoot: z.boolean().optional(),
});
const container = named.extend({
  env: z.array(named).nullish(),
  volumeMounts: z.array(named).nullish(),
  securityContext: securityContext
    .extend({
      privileged: z.boolean().optional(),
      allowPrivilegeEscalation: z.boolean().optional(),
      capabilities: z
        .looseObject({ add: z.array(z.string()).nullish(), drop: z.array(z.string()).nullish() })
        .nullish(),
    })
    .nullish(),
});
const podTemplate = z.looseObject({
  containers: z.array(container).min(1),
  initContainers: z.array(container).nullish(),
  volumes: z.array(named).nullish(),
  securityContext: securityContext.nullish(),
  activeDeadlineSeconds: z.int().min(1).nullish(),
  os: z.looseObject({ name: z.string() }).nullish(),
});

/** Containers whose output is a result (spec.md §6). A pod that has both is summed up by its `summary`. */
export type ResultContainer = 'summary' | 'scanner';

export type PodTemplateReading =
  | { readonly ok: true; readonly pod: PodSpec; readonly result: ResultContainer | undefined }
  | { readonly ok: false; readonly problem: string };

/** @param template `spec.template`, whatever it holds */
export function readPodTemplate(template: unknown): PodTemplateReading {
  const read = podTemplate.safeParse(template);
  if (!read.success) {
    const issue = read.error.issues[0];
    const path = ['spec.template', ...(issue?.path ?? [])].join('.');
    return { ok: false, problem: `${path}: ${issue?.message ?? 'is not a pod'}` };
  }
  const pod = withoutNulls(read.data) as PodSpec;
  return { ok: true, pod, result: resultContainerOf(pod) };
}

export function resultContainerOf(pod: Pick<PodSpec, 'containers'>): ResultContainer | undefined {
  const has = (name: ResultContainer): boolean => pod.containers.some((container) => container.name === name);
  if (has('summary')) return 'summary';
  return has('scanner') ? 'scanner' : undefined;
}

/** YAML's `key:` with nothing behind it means the same as no key. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}
