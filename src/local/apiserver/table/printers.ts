/** What `kubectl get` shows of built-in kinds: the server sends the cells. */
import type { Json, Obj } from '../types.ts';
import { dataCount, secretCount } from '../resources/core-strategies.ts';
import { at, listAt, textAt } from '../resources/resource.ts';
import type { Column, Printer } from '../resources/resource.ts';
import { age, ageOf } from './duration.ts';

const text = (name: string, priority = 0): Column => ({ name, type: 'string', priority });
const number = (name: string): Column => ({ name, type: 'integer' });
const nameColumn: Column = { name: 'Name', type: 'string', format: 'name' };

const nameOf = (object: Obj): string => object.metadata.name ?? '';
const ageCell = (object: Obj, now: number): string => ageOf(object.metadata.creationTimestamp, now);
const none = (value: string): string => (value === '' ? '<none>' : value);

function printer(columns: readonly Column[], cells: (object: Obj, now: number) => Json[]): Printer {
  return {
    columns: [nameColumn, ...columns],
    cells: (object, now) => [nameOf(object), ...cells(object, now)],
  };
}

/** For kinds with no columns of their own: name and creation time. */
export const plainPrinter: Printer = {
  columns: [nameColumn, { name: 'Created At', type: 'date' }],
  cells: (object) => [nameOf(object), object.metadata.creationTimestamp ?? null],
};

export const namePrinter = printer([text('Age')], (object, now) => [ageCell(object, now)]);

const namespaces = printer([text('Status'), text('Age')], (object, now) => [
  textAt(object, 'status', 'phase'),
  ageCell(object, now),
]);

function nodeStatus(node: Obj): string {
  const ready = listAt(node, 'status', 'conditions').find((item) => textAt(item, 'type') === 'Ready');
  const state = textAt(ready, 'status') === 'True' ? 'Ready' : ready ? 'NotReady' : 'Unknown';
  return at(node, 'spec', 'unschedulable') === true ? `${state},SchedulingDisabled` : state;
}

function nodeRoles(node: Obj): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(node.metadata.labels ?? {}).filter((key) => key.startsWith(prefix));
  return none(
    roles
      .map((key) => key.slice(prefix.length))
      .toSorted()
      .join(','),
  );
}

const address = (node: Obj, type: string): string =>
  none(
    textAt(
      listAt(node, 'status', 'addresses').find((item) => textAt(item, 'type') === type),
      'address',
    ),
  );

const nodes = printer(
  [
    text('Status'),
    text('Roles'),
    text('Age'),
    text('Version'),
    text('Internal-IP', 1),
    text('External-IP', 1),
    text('OS-Image', 1),
    text('Kernel-Version', 1),
    text('Container-Runtime', 1),
  ],
  (node, now) => {
    const info = at(node, 'status', 'nodeInfo');
    return [
      nodeStatus(node),
      nodeRoles(node),
      ageCell(node, now),
      textAt(info, 'kubeletVersion'),
      address(node, 'InternalIP'),
      address(node, 'ExternalIP'),
      textAt(info, 'osImage') || '<unknown>',
      textAt(info, 'kernelVersion') || '<unknown>',
      textAt(info, 'containerRuntimeVersion') || '<unknown>',
    ];
  },
);

function podReason(pod: Obj): string {
  const inits = listAt(pod, 'status', 'initContainerStatuses');
  const wanted = listAt(pod, 'spec', 'initContainers').length;
  for (const [index, status] of inits.entries()) {
    const ended = at(status, 'state', 'terminated');
    if (ended !== undefined && at(ended, 'exitCode') === 0) continue;
    if (ended !== undefined)
      return `Init:${textAt(ended, 'reason') || `ExitCode:${textAt(ended, 'exitCode')}`}`;
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    if (waiting !== '' && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${wanted}`;
  }
  let reason = textAt(pod, 'status', 'reason') || textAt(pod, 'status', 'phase');
  for (const status of listAt(pod, 'status', 'containerStatuses').toReversed()) {
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    const ended = at(status, 'state', 'terminated');
    if (waiting !== '') reason = waiting;
    else if (ended !== undefined) reason = textAt(ended, 'reason') || `ExitCode:${textAt(ended, 'exitCode')}`;
  }
  return reason;
}

const pods = printer(
  [
    text('Ready'),
    text('Status'),
    text('Restarts'),
    text('Age'),
    text('IP', 1),
    text('Node', 1),
    text('Nominated Node', 1),
    text('Readiness Gates', 1),
  ],
  (pod, now) => {
    const statuses = listAt(pod, 'status', 'containerStatuses');
    const ready = statuses.filter((status) => at(status, 'ready') === true).length;
    const restarts = statuses.reduce<number>(
      (sum, status) => sum + Number(at(status, 'restartCount') ?? 0),
      0,
    );
    return [
      `${ready}/${listAt(pod, 'spec', 'containers').length}`,
      pod.metadata.deletionTimestamp === undefined ? podReason(pod) : 'Terminating',
      String(restarts),
      ageCell(pod, now),
      none(textAt(pod, 'status', 'podIP')),
      none(textAt(pod, 'spec', 'nodeName')),
      none(textAt(pod, 'status', 'nominatedNodeName')),
      '<none>',
    ];
  },
);

function jobStatus(job: Obj): string {
  const is = (type: string): boolean =>
    listAt(job, 'status', 'conditions').some(
      (item) => textAt(item, 'type') === type && textAt(item, 'status') === 'True',
    );
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (is('Suspended')) return 'Suspended';
  if (is('FailureTarget')) return 'FailureTarget';
  return is('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function jobDuration(job: Obj, now: number): string {
  const start = Date.parse(textAt(job, 'status', 'startTime'));
  if (Number.isNaN(start)) return '';
  const end = Date.parse(textAt(job, 'status', 'completionTime'));
  return age((Number.isNaN(end) ? now : end) - start);
}

const jobs = printer(
  [
    text('Status'),
    text('Completions'),
    text('Duration'),
    text('Age'),
    text('Containers', 1),
    text('Images', 1),
    text('Selector', 1),
  ],
  (job, now) => {
    const containers = listAt(job, 'spec', 'template', 'spec', 'containers');
    const succeeded = Number(at(job, 'status', 'succeeded') ?? 0);
    const wanted = at(job, 'spec', 'completions') ?? at(job, 'spec', 'parallelism') ?? 1;
    const labels = Object.entries(at(job, 'spec', 'selector', 'matchLabels') ?? {});
    return [
      jobStatus(job),
      `${succeeded}/${textAt(wanted)}`,
      jobDuration(job, now),
      ageCell(job, now),
      containers.map((item) => textAt(item, 'name')).join(','),
      containers.map((item) => textAt(item, 'image')).join(','),
      none(labels.map(([key, value]) => `${key}=${String(value)}`).join(',')),
    ];
  },
);

const secrets = printer([text('Type'), number('Data'), text('Age')], (secret, now) => [
  textAt(secret, 'type'),
  dataCount(secret),
  ageCell(secret, now),
]);

const configMaps = printer([number('Data'), text('Age')], (map, now) => [dataCount(map), ageCell(map, now)]);

const serviceAccounts = printer([number('Secrets'), text('Age')], (account, now) => [
  secretCount(account),
  ageCell(account, now),
]);

const leases = printer([text('Holder'), text('Age')], (lease, now) => [
  textAt(lease, 'spec', 'holderIdentity'),
  ageCell(lease, now),
]);

const events: Printer = {
  columns: [
    text('Last Seen'),
    text('Type'),
    text('Reason'),
    text('Object'),
    text('Subobject', 1),
    text('Source', 1),
    text('Message'),
    text('First Seen', 1),
    text('Count', 1),
    { ...nameColumn, priority: 1 },
  ],
  cells(event, now) {
    const created = event.metadata.creationTimestamp;
    const first = textAt(event, 'firstTimestamp') || textAt(event, 'eventTime') || created;
    const last =
      textAt(event, 'series', 'lastObservedTime') || textAt(event, 'lastTimestamp') || first || created;
    const about = at(event, 'involvedObject');
    const component = textAt(event, 'source', 'component') || textAt(event, 'reportingComponent');
    const host = textAt(event, 'source', 'host');
    return [
      ageOf(last, now),
      textAt(event, 'type'),
      textAt(event, 'reason'),
      `${textAt(about, 'kind').toLowerCase()}/${textAt(about, 'name')}`,
      textAt(about, 'fieldPath'),
      host === '' ? component : `${component}, ${host}`,
      textAt(event, 'message').trim(),
      ageOf(first, now),
      textAt(event, 'series', 'count') || textAt(event, 'count') || '1',
      nameOf(event),
    ];
  },
};

const definitions = printer([text('Created At')], (object) => [object.metadata.creationTimestamp ?? '']);

/** By plural. */
export const printers: Readonly<Record<string, Printer>> = {
  namespaces,
  nodes,
  pods,
  jobs,
  secrets,
  configmaps: configMaps,
  serviceaccounts: serviceAccounts,
  leases,
  events,
  customresourcedefinitions: definitions,
};
