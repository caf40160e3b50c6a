/** Pods: the defaults of a pod spec, and the checks without which a pod could not run. */
import type { Cause } from '../api-error.ts';
import { equal } from '../apply/compare.ts';
import { duplicate, forbiddenField, invalidValue, notSupported, required } from '../schema/causes.ts';
import { isObject } from '../schema/unknown.ts';
import type { Json, JsonObject } from '../types.ts';
import { isDnsLabel, isDnsSubdomain, labelMessage, subdomainMessage } from './names.ts';
import { at, listAt, objectAt, textAt } from './resource.ts';
import type { Strategy } from './resource.ts';

function setDefault(object: JsonObject, field: string, value: Json): void {
  if (object[field] === undefined || object[field] === null || object[field] === '') object[field] = value;
}

const containerLists = ['initContainers', 'containers'] as const;

/** Fills in what a pod spec leaves open (Kubernetes API reference, PodSpec and Container). */
export function defaultPodSpec(spec: JsonObject, restartPolicy = 'Always'): void {
  setDefault(spec, 'restartPolicy', restartPolicy);
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'securityContext', {});
  setDefault(spec, 'schedulerName', 'default-scheduler');
  if (spec['serviceAccountName'] !== undefined) spec['serviceAccount'] = spec['serviceAccountName'];
  else if (typeof spec['serviceAccount'] === 'string') spec['serviceAccountName'] = spec['serviceAccount'];
  for (const list of containerLists)
    for (const container of listAt(spec, list)) if (isObject(container)) defaultContainer(container);
  for (const volume of listAt(spec, 'volumes')) if (isObject(volume)) defaultVolume(volume);
}

function defaultContainer(container: JsonObject): void {
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  setDefault(container, 'resources', {});
  const image = textAt(container, 'image');
  const named = image.includes('@') ? '' : image.slice(image.lastIndexOf('/') + 1);
  const latest = named !== '' && (!named.includes(':') || named.endsWith(':latest'));
  setDefault(container, 'imagePullPolicy', latest ? 'Always' : 'IfNotPresent');
  for (const port of listAt(container, 'ports')) if (isObject(port)) setDefault(port, 'protocol', 'TCP');
  const resources = objectAt(container, 'resources');
  const limits = objectAt(resources, 'limits');
  if (resources && limits) resources['requests'] = { ...limits, ...objectAt(resources, 'requests') };
  for (const entry of listAt(container, 'env')) {
    const ref = objectAt(entry, 'valueFrom', 'fieldRef');
    if (ref) setDefault(ref, 'apiVersion', 'v1');
  }
}

function defaultVolume(volume: JsonObject): void {
  if (Object.keys(volume).length === 1 && volume['name'] !== undefined) volume['emptyDir'] = {};
  for (const field of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    const source = objectAt(volume, field);
    if (source) setDefault(source, 'defaultMode', 420);
  }
  const host = objectAt(volume, 'hostPath');
  if (host && host['type'] === undefined) host['type'] = '';
}

/** What is wrong with a pod spec; `path` is where it stands. */
export function checkPodSpec(spec: Json | undefined, path: string): Cause[] {
  const causes: Cause[] = [];
  if (listAt(spec, 'containers').length === 0) causes.push(required(`${path}.containers`));
  const volumes = new Set<string>();
  listAt(spec, 'volumes').forEach((volume, index) => {
    const where = `${path}.volumes[${index}].name`;
    checkName(textAt(volume, 'name'), where, volumes, causes);
  });
  const names = new Set<string>();
  for (const list of containerLists)
    listAt(spec, list).forEach((container, index) => {
      checkContainer(container, `${path}.${list}[${index}]`, names, volumes, causes);
    });
  const policy = textAt(spec, 'restartPolicy');
  const policies = ['Always', 'OnFailure', 'Never'];
  if (!policies.includes(policy)) causes.push(notSupported(`${path}.restartPolicy`, policy, policies));
  const account = textAt(spec, 'serviceAccountName');
  if (account !== '' && !isDnsSubdomain(account))
    causes.push(invalidValue(`${path}.serviceAccountName`, account, subdomainMessage));
  const deadline = at(spec, 'activeDeadlineSeconds');
  if (typeof deadline === 'number' && deadline < 1)
    causes.push(
      invalidValue(`${path}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive'),
    );
  return causes;
}

function checkName(name: string, where: string, seen: Set<string>, causes: Cause[]): void {
  if (name === '') causes.push(required(where));
  else if (!isDnsLabel(name)) causes.push(invalidValue(where, name, labelMessage));
  if (name !== '' && seen.has(name)) causes.push(duplicate(where, name));
  seen.add(name);
}

function checkContainer(
  container: Json,
  path: string,
  names: Set<string>,
  volumes: ReadonlySet<string>,
  causes: Cause[],
): void {
  checkName(textAt(container, 'name'), `${path}.name`, names, causes);
  const image = textAt(container, 'image');
  if (image === '') causes.push(required(`${path}.image`));
  else if (image.trim() !== image)
    causes.push(invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace'));
  const policy = textAt(container, 'imagePullPolicy');
  const policies = ['Always', 'IfNotPresent', 'Never'];
  if (!policies.includes(policy)) causes.push(notSupported(`${path}.imagePullPolicy`, policy, policies));
  listAt(container, 'env').forEach((entry, index) => {
    const where = `${path}.env[${index}]`;
    const name = textAt(entry, 'name');
    if (name === '') causes.push(required(`${where}.name`));
    if (name.includes('=')) causes.push(invalidValue(`${where}.name`, name, "must not contain '='"));
    if (textAt(entry, 'value') !== '' && objectAt(entry, 'valueFrom'))
      causes.push(invalidValue(`${where}.valueFrom`, '', 'may not be specified when `value` is not empty'));
  });
  listAt(container, 'volumeMounts').forEach((mount, index) => {
    const where = `${path}.volumeMounts[${index}]`;
    const name = textAt(mount, 'name');
    if (name === '') causes.push(required(`${where}.name`));
    else if (!volumes.has(name))
      causes.push({
        reason: 'FieldValueNotFound',
        message: `Not found: ${JSON.stringify(name)}`,
        field: `${where}.name`,
      });
    if (textAt(mount, 'mountPath') === '') causes.push(required(`${where}.mountPath`));
  });
}

/** Fields of a pod's spec that may change while it runs. */
function fixedPart(spec: JsonObject | undefined): JsonObject {
  const strip = (container: Json): Json => (isObject(container) ? { ...container, image: '' } : container);
  const rest: JsonObject = { ...spec };
  for (const field of [
    'activeDeadlineSeconds',
    'tolerations',
    'terminationGracePeriodSeconds',
    'schedulingGates',
  ])
    delete rest[field];
  for (const list of containerLists)
    if (Array.isArray(rest[list])) rest[list] = listAt(rest, list).map(strip);
  return rest;
}

export const podStrategy: Strategy = {
  defaults(pod) {
    const spec = objectAt(pod, 'spec');
    if (!spec) return;
    defaultPodSpec(spec);
    setDefault(spec, 'enableServiceLinks', true);
  },
  prepare(pod, old) {
    const spec = objectAt(pod, 'spec');
    if (!spec) return;
    setDefault(spec, 'serviceAccountName', 'default');
    setDefault(spec, 'serviceAccount', textAt(spec, 'serviceAccountName'));
    setDefault(spec, 'preemptionPolicy', 'PreemptLowerPriority');
    setDefault(spec, 'priority', 0);
    if (old) return;
    pod['status'] = { phase: 'Pending', qosClass: qosOf(spec) };
  },
  validate(pod, old) {
    const causes = checkPodSpec(pod['spec'], 'spec');
    if (old && !equal(fixedPart(objectAt(old, 'spec')), fixedPart(objectAt(pod, 'spec'))))
      causes.push(
        forbiddenField(
          'spec',
          'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
        ),
      );
    return causes;
  },
  fields: {
    'spec.nodeName': (pod) => textAt(pod, 'spec', 'nodeName'),
    'spec.restartPolicy': (pod) => textAt(pod, 'spec', 'restartPolicy'),
    'spec.schedulerName': (pod) => textAt(pod, 'spec', 'schedulerName'),
    'spec.serviceAccountName': (pod) => textAt(pod, 'spec', 'serviceAccountName'),
    'status.phase': (pod) => textAt(pod, 'status', 'phase'),
    'status.podIP': (pod) => textAt(pod, 'status', 'podIP'),
  },
};

function qosOf(spec: JsonObject): string {
  const all = containerLists.flatMap((list) => listAt(spec, list));
  const parts = all.map((container) => [
    objectAt(container, 'resources', 'requests') ?? {},
    objectAt(container, 'resources', 'limits') ?? {},
  ]);
  if (parts.every(([requests, limits]) => Object.keys({ ...requests, ...limits }).length === 0))
    return 'BestEffort';
  const guaranteed = parts.every(([requests, limits]) =>
    ['cpu', 'memory'].every((name) => limits?.[name] !== undefined && equal(requests?.[name], limits[name])),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
