/** The built-in kinds, one row each. */
import { builtinSchema, builtinZero } from '../schema/builtin.ts';
import { plainPrinter, printers } from '../table/printers.ts';
import {
  configMapStrategy,
  eventStrategy,
  eventView,
  leaseStrategy,
  namespaceStrategy,
  nodeStrategy,
  plainStrategy,
  secretStrategy,
  serviceAccountStrategy,
} from './core-strategies.ts';
import { definitionStrategy } from './definitions.ts';
import { jobStrategy } from './jobs.ts';
import { podStrategy } from './pods.ts';
import { allVerbs } from './resource.ts';
import type { Resource, Strategy, View } from './resource.ts';

interface Row {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  /** The type in the table, `core.Pod`. */
  readonly type: string;
  readonly strategy?: Strategy;
  readonly namespaced?: boolean;
  readonly status?: boolean;
  readonly counted?: boolean;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly string[];
  readonly verbs?: readonly string[];
  readonly key?: string;
  readonly view?: View;
}

function resource(row: Row): Resource {
  const schema = builtinSchema(row.type);
  return {
    group: row.group,
    plural: row.plural,
    kind: row.kind,
    singular: row.kind.toLowerCase(),
    listKind: `${row.kind}List`,
    shortNames: row.shortNames ?? [],
    categories: row.categories ?? [],
    namespaced: row.namespaced ?? true,
    key: row.key ?? (row.group ? `${row.plural}.${row.group}` : row.plural),
    storage: 'v1',
    versions: [
      {
        name: 'v1',
        schema,
        schemaName: schema.name ?? row.type,
        printer: printers[row.plural] ?? plainPrinter,
        hasStatus: row.status ?? false,
        zero: builtinZero(row.type),
      },
    ],
    custom: false,
    subresources: row.subresources ?? [],
    verbs: row.verbs ?? allVerbs,
    counted: row.counted ?? false,
    strategy: row.strategy ?? plainStrategy,
    view: row.view,
  };
}

const rows: readonly Row[] = [
  // prettier-ignore
  { group: '', plural: 'namespaces', kind: 'Namespace', type: 'core.Namespace', namespaced: false, status: true, shortNames: ['ns'], strategy: namespaceStrategy, subresources: ['finalize'] },
  // prettier-ignore
  { group: '', plural: 'nodes', kind: 'Node', type: 'core.Node', namespaced: false, status: true, shortNames: ['no'], strategy: nodeStrategy },
  // prettier-ignore
  { group: '', plural: 'pods', kind: 'Pod', type: 'core.Pod', status: true, counted: true, shortNames: ['po'], categories: ['all'], strategy: podStrategy, subresources: ['log', 'binding', 'eviction'] },
  {
    group: '',
    plural: 'events',
    kind: 'Event',
    type: 'core.Event',
    shortNames: ['ev'],
    strategy: eventStrategy,
  },
  { group: '', plural: 'secrets', kind: 'Secret', type: 'core.Secret', strategy: secretStrategy },
  // prettier-ignore
  { group: '', plural: 'configmaps', kind: 'ConfigMap', type: 'core.ConfigMap', shortNames: ['cm'], strategy: configMapStrategy },
  // prettier-ignore
  { group: '', plural: 'serviceaccounts', kind: 'ServiceAccount', type: 'core.ServiceAccount', shortNames: ['sa'], strategy: serviceAccountStrategy, subresources: ['token'] },
  // prettier-ignore
  { group: 'batch', plural: 'jobs', kind: 'Job', type: 'batch.Job', status: true, counted: true, categories: ['all'], strategy: jobStrategy },
  // prettier-ignore
  { group: 'coordination.k8s.io', plural: 'leases', kind: 'Lease', type: 'coordination.Lease', strategy: leaseStrategy },
  // prettier-ignore
  { group: 'events.k8s.io', plural: 'events', kind: 'Event', type: 'events.Event', shortNames: ['ev'], key: 'events', strategy: eventStrategy, view: eventView },
  // prettier-ignore
  { group: 'apiextensions.k8s.io', plural: 'customresourcedefinitions', kind: 'CustomResourceDefinition', type: 'apiextensions.CustomResourceDefinition', namespaced: false, status: true, counted: true, shortNames: ['crd', 'crds'], categories: ['api-extensions'], strategy: definitionStrategy },
  ...(
    [
      [
        'authorization.k8s.io',
        'selfsubjectaccessreviews',
        'SelfSubjectAccessReview',
        'authorization.SelfSubjectAccessReview',
      ],
      [
        'authorization.k8s.io',
        'selfsubjectrulesreviews',
        'SelfSubjectRulesReview',
        'authorization.SelfSubjectRulesReview',
      ],
      [
        'authentication.k8s.io',
        'selfsubjectreviews',
        'SelfSubjectReview',
        'authentication.SelfSubjectReview',
      ],
    ] as const
  ).map(([group, plural, kind, type]) => ({
    group,
    plural,
    kind,
    type,
    namespaced: false,
    verbs: ['create'],
  })),
];

/** New resources for a registry. */
export function builtinResources(): Resource[] {
  return rows.map(resource);
}
