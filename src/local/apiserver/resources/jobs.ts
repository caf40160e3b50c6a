/** Jobs: defaults, the selector that ties their pods to them, and what may not change afterwards. */
import type { Cause } from '../api-error.ts';
import { equal } from '../apply/compare.ts';
import { invalidValue, notSupported, required } from '../schema/causes.ts';
import { isObject } from '../schema/unknown.ts';
import type { JsonObject } from '../types.ts';
import { checkPodSpec, defaultPodSpec } from './pods.ts';
import { at, objectAt, textAt } from './resource.ts';
import type { Strategy } from './resource.ts';

const uidLabel = 'batch.kubernetes.io/controller-uid';

function setDefault(spec: JsonObject, field: string, value: JsonObject[string]): void {
  if (spec[field] === undefined || spec[field] === null) spec[field] = value;
}

/** Labels of a job's pods, old spelling included, and the selector over the uid. */
function addSelector(spec: JsonObject, template: JsonObject, name: string, uid: string): void {
  const metadata = objectAt(template, 'metadata') ?? {};
  const labels = objectAt(metadata, 'labels') ?? {};
  template['metadata'] = {
    ...metadata,
    labels: {
      ...labels,
      [uidLabel]: uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    },
  };
  spec['selector'] = { matchLabels: { [uidLabel]: uid } };
}

export const jobStrategy: Strategy = {
  defaults(job) {
    const spec = objectAt(job, 'spec');
    if (!spec) return;
    if (spec['completions'] === undefined && spec['parallelism'] === undefined) {
      spec['completions'] = 1;
      spec['parallelism'] = 1;
    }
    setDefault(spec, 'parallelism', 1);
    setDefault(spec, 'backoffLimit', 6);
    setDefault(spec, 'completionMode', 'NonIndexed');
    setDefault(spec, 'suspend', false);
    setDefault(spec, 'manualSelector', false);
    setDefault(spec, 'podReplacementPolicy', 'TerminatingOrFailed');
    const podSpec = objectAt(spec, 'template', 'spec');
    if (podSpec) defaultPodSpec(podSpec);
  },
  prepare(job, old) {
    const spec = objectAt(job, 'spec');
    if (!spec) return;
    const template = objectAt(spec, 'template');
    if (!old) {
      job['status'] = {};
      if (template && at(spec, 'manualSelector') !== true)
        addSelector(spec, template, job.metadata.name ?? '', job.metadata.uid ?? '');
    }
    // A job carries its template's labels when it has none of its own.
    const labels = objectAt(template, 'metadata', 'labels');
    if (!job.metadata.labels && labels && !old) job.metadata.labels = textLabels(labels);
  },
  validate(job, old) {
    const causes: Cause[] = [];
    const spec = objectAt(job, 'spec');
    for (const field of [
      'parallelism',
      'completions',
      'backoffLimit',
      'ttlSecondsAfterFinished',
      'activeDeadlineSeconds',
    ]) {
      const value = spec?.[field];
      if (typeof value === 'number' && value < 0)
        causes.push(invalidValue(`spec.${field}`, value, 'must be greater than or equal to 0'));
    }
    const template = objectAt(spec, 'template');
    if (!template) causes.push(required('spec.template'));
    causes.push(...checkPodSpec(template?.['spec'] ?? {}, 'spec.template.spec'));
    const policy = textAt(template, 'spec', 'restartPolicy');
    if (policy === 'Always')
      causes.push({
        reason: 'FieldValueRequired',
        message: 'Required value: valid values: "OnFailure", "Never"',
        field: 'spec.template.spec.restartPolicy',
      });
    if (!['NonIndexed', 'Indexed'].includes(textAt(spec, 'completionMode')))
      causes.push(notSupported('spec.completionMode', at(spec, 'completionMode'), ['NonIndexed', 'Indexed']));
    if (old) causes.push(...immutable(objectAt(old, 'spec'), spec));
    return causes;
  },
  fields: { 'status.successful': (job) => textAt(job, 'status', 'succeeded') || '0' },
};

function textLabels(labels: JsonObject): { [key: string]: string } {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, textAt(value)]));
}

function immutable(before: JsonObject | undefined, after: JsonObject | undefined): Cause[] {
  const fields = ['completions', 'selector', 'template', 'completionMode', 'backoffLimitPerIndex'];
  // While a job is suspended its pods' scheduling may still be set.
  const suspended = before?.['suspend'] === true;
  return fields
    .filter((field) => !(field === 'template' && suspended) && !equal(before?.[field], after?.[field]))
    .map((field) => {
      const value = after?.[field];
      return invalidValue(`spec.${field}`, isObject(value) ? value : (value ?? null), 'field is immutable');
    });
}
