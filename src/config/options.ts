/** Every option there is: one row each, from which the types, the reading and the documentation come. */

interface Base {
  /** The variable that sets it. */
  readonly env: string;
  readonly description: string;
}

export type Option =
  | (Base & {
      readonly type: 'string';
      readonly default: string;
      readonly check?: (value: string) => string | undefined;
    })
  | (Base & {
      readonly type: 'integer';
      readonly default: number;
      readonly min: number;
      readonly max: number;
    })
  | (Base & { readonly type: 'boolean'; readonly default: boolean })
  | (Base & { readonly type: 'choice'; readonly default: string; readonly choices: readonly string[] });

const day = 24 * 60 * 60;

function checkUrl(url: string): string | undefined {
  if (url === '') return undefined;
  if (!/^https?:\/\//.test(url)) return 'a URL without http:// or https:// is refused';
  return URL.canParse(url) ? undefined : 'is not a URL';
}

/** Kubernetes, "Resource units". */
function checkQuantity(quantity: string): string | undefined {
  return /^(\d+(\.\d+)?([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?)?$/.test(quantity)
    ? undefined
    : 'is not a quantity like 250m or 256Mi';
}

const text = (env: string, value: string, description: string) =>
  ({ type: 'string', env, default: value, description }) as const;
const quantity = (env: string, description: string) =>
  ({ type: 'string', env, default: '', description, check: checkQuantity }) as const;
const integer = (env: string, value: number, min: number, max: number, description: string) =>
  ({ type: 'integer', env, default: value, min, max, description }) as const;

/** By key: the path in the configuration file, and the name of the flag. Spec.md §9 names those before `policy`. */
export const options = {
  namespace: text('SCANLINK_NAMESPACE', 'scan-link-system', 'Namespace the controller itself runs in.'),
  'metadataStore.url': {
    type: 'string',
    env: 'SCANLINK_METADATA_STORE_URL',
    default: 'https://metadata-store-app.metadata-store.svc.cluster.local:8443',
    description: 'Metadata store that reports are sent to; empty turns the integration off.',
    check: checkUrl,
  },
  'metadataStore.caSecret.name': text(
    'SCANLINK_METADATA_STORE_CA_SECRET',
    'app-tls-cert',
    'Secret with the store’s certificate authority in its key ca.crt.',
  ),
  'metadataStore.caSecret.importFromNamespace': text(
    'SCANLINK_METADATA_STORE_CA_SECRET_NAMESPACE',
    '',
    'Namespace of that Secret; the controller’s own without it.',
  ),
  'metadataStore.authSecret.name': text(
    'SCANLINK_METADATA_STORE_AUTH_SECRET',
    '',
    'Secret with the token for the store in its key auth_token.',
  ),
  'metadataStore.authSecret.importFromNamespace': text(
    'SCANLINK_METADATA_STORE_AUTH_SECRET_NAMESPACE',
    '',
    'Namespace of that Secret; the controller’s own without it.',
  ),
  retryScanJobsSecondsAfterError: integer(
    'SCANLINK_RETRY_SECONDS',
    60,
    1,
    60 * 60,
    'Wait after the first failure of a scan; doubled each time, up to an hour.',
  ),
  deleteScanJobsSecondsAfterFinished: integer(
    'SCANLINK_DELETE_JOBS_SECONDS',
    600,
    0,
    30 * day,
    'How long a finished job stays after its result was collected.',
  ),
  'resources.limits.cpu': quantity(
    'SCANLINK_LIMIT_CPU',
    'CPU limit of scan containers that set no resources.',
  ),
  'resources.limits.memory': quantity('SCANLINK_LIMIT_MEMORY', 'Memory limit, likewise.'),
  'resources.requests.cpu': quantity('SCANLINK_REQUEST_CPU', 'CPU request, likewise.'),
  'resources.requests.memory': quantity('SCANLINK_REQUEST_MEMORY', 'Memory request, likewise.'),

  'scanJobs.deadlineSeconds': integer(
    'SCANLINK_JOB_DEADLINE_SECONDS',
    1800,
    1,
    30 * day,
    'How long the job of a scan may take.',
  ),
  'scanJobs.startTimeoutSeconds': integer(
    'SCANLINK_JOB_START_TIMEOUT_SECONDS',
    30,
    0,
    day,
    'How long pulling an image, mounting a volume or making a container may fail before the attempt has failed.',
  ),
  'scanJobs.scheduleTimeoutSeconds': integer(
    'SCANLINK_JOB_SCHEDULE_TIMEOUT_SECONDS',
    300,
    0,
    day,
    'How long a pod may wait for a node with room.',
  ),
  'policy.timeoutSeconds': integer(
    'SCANLINK_POLICY_TIMEOUT_SECONDS',
    10,
    1,
    600,
    'Time limit of one evaluation.',
  ),
  'policy.memoryMiB': integer(
    'SCANLINK_POLICY_MEMORY_MIB',
    256,
    16,
    16_384,
    'Memory limit of one evaluation.',
  ),
  'policy.engine': {
    type: 'choice',
    env: 'SCANLINK_POLICY_ENGINE',
    default: 'builtin',
    choices: ['builtin', 'opa-server', 'opa-binary'],
    description: 'What evaluates policies: `builtin`, or an OPA as `opa-server` or `opa-binary`.',
  },
  'policy.opaUrl': {
    type: 'string',
    env: 'SCANLINK_POLICY_OPA_URL',
    default: '',
    description: 'The OPA server of `opa-server`, which runs with --v0-compatible.',
    check: checkUrl,
  },
  'policy.opaTokenFile': text(
    'SCANLINK_POLICY_OPA_TOKEN_FILE',
    '',
    'File with the token for that server; none is sent without it.',
  ),
  'policy.opaCaFile': text(
    'SCANLINK_POLICY_OPA_CA_FILE',
    '',
    'File with that server’s certificate authorities; the machine’s without it.',
  ),
  'policy.opaBinary': text(
    'SCANLINK_POLICY_OPA_BINARY',
    '/usr/local/bin/opa',
    'Path of the program of `opa-binary`.',
  ),
  'reports.dir': text(
    'SCANLINK_REPORTS_DIR',
    '',
    'Folder for the last report of each scan; a folder of the machine’s for temporary files without it.',
  ),
  'reports.maxMiB': integer('SCANLINK_REPORTS_MAX_MIB', 1024, 1, 1024 * 1024, 'Room for all of them.'),
  workers: integer('SCANLINK_WORKERS', 8, 1, 64, 'Scans worked on at the same time.'),
  leaderElection: {
    type: 'boolean',
    env: 'SCANLINK_LEADER_ELECTION',
    default: true,
    description: 'Whether several controllers agree on one that acts.',
  },
  'telemetry.port': integer(
    'SCANLINK_TELEMETRY_PORT',
    8081,
    0,
    65_535,
    'Port of /metrics, /healthz and /readyz; 0 turns it off.',
  ),
  'log.level': {
    type: 'choice',
    env: 'SCANLINK_LOG_LEVEL',
    default: 'info',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    description: 'The least that is logged.',
  },
} as const satisfies Record<string, Option>;

export type OptionKey = keyof typeof options;

/** A value for every option, by key. */
export type Config = {
  readonly [K in OptionKey]: (typeof options)[K] extends { type: 'integer' }
    ? number
    : (typeof options)[K] extends { type: 'boolean' }
      ? boolean
      : string;
};

export const optionKeys = Object.keys(options) as OptionKey[];

export function isOptionKey(key: string): key is OptionKey {
  return Object.hasOwn(options, key);
}
