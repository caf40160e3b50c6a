/** What must be there before a job can be made (spec.md §3: "a missing or invalid template or policy"). */
import type { Failure } from '../api/failures.ts';
import type { Secret } from '../kube/builtin-types.ts';
import { readPodTemplate } from './pod/pod-template.ts';
import type { SecretVolume } from './scan-kinds.ts';
import type { World } from './world.ts';

/** The first thing that is missing, of those the cache knows; Secrets are read only when everything else is there. */
export function prepareProblem(world: World): Failure | undefined {
  return specProblem(world) ?? templateProblem(world) ?? policyProblem(world);
}

/** CRDs refuse this; a server without CEL, or an object older than the rule, may still hold it. */
function specProblem({ scan }: World): Failure | undefined {
  const { spec } = scan;
  const hasTarget = 'registry' in spec ? Boolean(spec.registry?.image) : Boolean(spec.blob ?? spec.git);
  if (hasTarget) return undefined;
  return { code: 'SpecInvalid', message: 'at least one of spec.blob and spec.git is required' };
}

function templateProblem({ scan, template }: World): Failure | undefined {
  const name = scan.spec.scanTemplate;
  if (!template)
    return {
      code: 'TemplateNotFound',
      message: `ScanTemplate "${name}" does not exist in namespace "${scan.metadata.namespace}"`,
    };
  const reading = readPodTemplate(template.spec.template);
  if (!reading.ok)
    return { code: 'TemplateInvalid', message: `ScanTemplate "${name}" is no pod: ${reading.problem}` };
  if (!reading.result)
    return {
      code: 'TemplateInvalid',
      message: `ScanTemplate "${name}" has no container named scanner or summary, so there would be no result`,
    };
  return undefined;
}

/** Whether it compiles is no matter here: its text is handed to the job as it is. */
function policyProblem(world: World): Failure | undefined {
  return isPolicyMissing(world) ? policyNotFound(world) : undefined;
}

export function isPolicyMissing({ scan, policy }: World): boolean {
  return scan.spec.scanPolicy !== undefined && !policy;
}

export function policyNotFound({ scan }: Pick<World, 'scan'>): Failure {
  return {
    code: 'PolicyNotFound',
    message: `ScanPolicy "${scan.spec.scanPolicy}" does not exist in namespace "${scan.metadata.namespace}"`,
  };
}

/** @param secret what the server has, undefined where it has none of this name */
export function secretProblem(
  wanted: SecretVolume,
  secret: Secret | undefined,
  namespace: string,
): Failure | undefined {
  if (!secret)
    return {
      code: 'SecretNotFound',
      message: `Secret "${wanted.secretName}" does not exist in namespace "${namespace}"`,
    };
  if (secret.data?.[wanted.key] === undefined)
    return { code: 'SecretInvalid', message: `Secret "${wanted.secretName}" has no key ${wanted.key}` };
  return undefined;
}
