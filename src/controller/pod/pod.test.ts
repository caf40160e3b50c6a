import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import type { Container, PodSpec } from '../../kube/builtin-types.ts';
import { anImageScan, aPolicy, aSourceScan } from '../builders.ts';
import { buildJob } from '../job.ts';
import type { SecretVolume } from '../scan-kinds.ts';
import { buildPodSpec } from './pod-spec.ts';
import { readPodTemplate, resultContainerOf } from './pod-template.ts';

const scanner: Container = { name: 'scanner', image: 'scan' };
const pod = (
  given: Partial<PodSpec> = {},
  parts: Partial<Parameters<typeof buildPodSpec>[1]> = {},
): PodSpec => buildPodSpec({ containers: [scanner], ...given }, { env: {}, secrets: [], ...parts });

describe('the environment (spec.md §6)', () => {
  test('goes into every container, before its own', () => {
    const built = pod(
      { initContainers: [{ name: 'repo', env: [{ name: 'MINE', value: '$(IMAGE)' }] }] },
      { env: { IMAGE: 'app:1' } },
    );
    expect(built.containers[0]?.env).toEqual([{ name: 'IMAGE', value: 'app:1' }]);
    expect(built.initContainers?.[0]?.env?.map(({ name }) => name)).toEqual(['IMAGE', 'MINE']);
  });

  test('never overrides what the template sets', () => {
    const env = [{ name: 'POLICY', valueFrom: { configMapKeyRef: { name: 'p', key: 'k' } } }];
    expect(pod({ containers: [{ ...scanner, env }] }, { env: { POLICY: 'x' } }).containers[0]?.env).toEqual(
      env,
    );
  });

  test.each([
    ['regex.match("^a$", x)', 'regex.match("^a$", x)'],
    ['sprintf("$(IMAGE) costs $5", [])', 'sprintf("$$(IMAGE) costs $$5", [])'],
    ['a$$b', 'a$$$$b'],
  ])('%s arrives as it is', (policy, value) => {
    const built = pod({}, { env: { POLICY: policy } }).containers[0]?.env?.[0]?.value ?? '';
    expect(built).toBe(value);
    expect(expanded(built)).toBe(policy);
  });

  test('a value that no program could be started with is left out', () => {
    expect(pod({}, { env: { POLICY: 'x'.repeat(200_000) } }).containers[0]?.env).toEqual([]);
  });

  test.each([
    [
      'git',
      { git: { url: 'u', revision: 'r', knownHosts: 'k', username: 'me' } },
      { REPOSITORY: 'u', REVISION: 'r', KNOWN_HOSTS: 'k', GIT_USERNAME: 'me' },
    ],
    [
      'git with nothing but a URL',
      { git: { url: 'u', username: 'git' } },
      { REPOSITORY: 'u', REVISION: '', KNOWN_HOSTS: '', GIT_USERNAME: 'git' },
    ],
    [
      'blob and git: the blob is scanned',
      { blob: { url: 'b' }, git: { url: 'u', revision: 'r', username: 'git' } },
      { REPOSITORY: 'b', REVISION: '', KNOWN_HOSTS: '', GIT_USERNAME: 'git' },
    ],
  ])('of a SourceScan with %s', (_, spec, wanted) => {
    const scan = aSourceScan({ spec });
    const options = { deadlineSeconds: 1 };
    const job = buildJob({ kind: 'SourceScan', scan, name: 'j', pod: { containers: [scanner] } }, options);
    expect(environment(job.spec?.template.spec?.containers[0])).toEqual({
      ...wanted,
      POLICY: '',
      SCAN_KIND: 'SourceScan',
      SCAN_NAME: 'web',
      SCAN_NAMESPACE: 'team',
    });
  });

  test('of an ImageScan', () => {
    const parts = {
      kind: 'ImageScan' as const,
      scan: anImageScan(),
      name: 'j',
      policy: aPolicy('package main'),
    };
    const job = buildJob({ ...parts, pod: { containers: [scanner] } }, { deadlineSeconds: 1 });
    expect(environment(job.spec?.template.spec?.containers[0])).toMatchObject({
      IMAGE: 'registry.test/app:1',
      POLICY: 'package main',
      SCAN_KIND: 'ImageScan',
    });
  });
});

function environment(container: Container | undefined): Record<string, string | undefined> {
  return Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
}

/** What a kubelet makes of a value; there are no variables here that `$(NAME)` could name. */
function expanded(value: string): string {
  return value.replaceAll('$$', '$');
}

describe('the job', () => {
  const job = buildJob(
    { kind: 'SourceScan', scan: aSourceScan(), name: 'scan-web-x', pod: { containers: [scanner] } },
    { deadlineSeconds: 1800 },
  );

  test('is one try with a deadline, owned by its scan', () => {
    expect(job.metadata).toMatchObject({
      name: 'scan-web-x',
      namespace: 'team',
      labels: {
        'scanning.apps.tanzu.vmware.com/kind': 'SourceScan',
        'scanning.apps.tanzu.vmware.com/name': 'web',
        'scanning.apps.tanzu.vmware.com/uid': 'scan-uid',
      },
      ownerReferences: [
        {
          apiVersion: 'scanning.apps.tanzu.vmware.com/v1beta1',
          kind: 'SourceScan',
          name: 'web',
          uid: 'scan-uid',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
    expect(job.spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 1800 });
    expect(job.spec?.template.metadata?.labels).toEqual(job.metadata.labels);
    expect(job.spec?.template.spec?.restartPolicy).toBe('Never');
  });

  test('takes the deadline of its template', () => {
    const own = buildJob(
      {
        kind: 'SourceScan',
        scan: aSourceScan(),
        name: 'j',
        pod: { containers: [scanner], activeDeadlineSeconds: 7200 },
      },
      { deadlineSeconds: 1800 },
    );
    expect(own.spec?.activeDeadlineSeconds).toBe(7200);
  });

  test.each(['a'.repeat(253), 'x.'.repeat(40) + 'y', 'web'])('of %s has valid labels', (name) => {
    const scan = aSourceScan({ metadata: { name } });
    const { labels = {} } = buildJob(
      { kind: 'SourceScan', scan, name: 'j', pod: { containers: [scanner] } },
      { deadlineSeconds: 1 },
    ).metadata;
    for (const value of Object.values(labels))
      expect(value).toMatch(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/);
  });
});

describe('secrets as volumes', () => {
  const cred: SecretVolume = {
    volume: 'registry-cred',
    secretName: 'pull',
    key: '.dockerconfigjson',
    file: 'config.json',
  };
  const ssh: SecretVolume = { volume: 'ssh-secret', secretName: 'key', key: 'ssh-privatekey' };
  const made = {
    name: 'registry-cred',
    secret: {
      secretName: 'pull',
      items: [{ key: '.dockerconfigjson', path: 'config.json' }],
      defaultMode: 0o444,
    },
  };
  const mounts = [{ name: 'registry-cred', mountPath: '/.docker' }];

  test.each([
    ['no volume', undefined],
    ['the name alone', { name: 'registry-cred' }],
    ['an empty folder', { name: 'registry-cred', emptyDir: {} }],
    ['a secret without name', { name: 'registry-cred', secret: {} }],
  ])('a template with %s is completed', (_, volume) => {
    const built = pod({ volumes: volume ? [volume] : undefined }, { secrets: [cred] });
    expect(built.volumes).toEqual([made]);
  });

  test('what the template says of the volume stays', () => {
    const volume = { name: 'registry-cred', secret: { defaultMode: 0o440, optional: true } };
    expect(pod({ volumes: [volume] }, { secrets: [cred] }).volumes?.[0]?.secret).toEqual({
      ...made.secret,
      defaultMode: 0o440,
      optional: true,
    });
    const own = { name: 'registry-cred', secret: { secretName: 'own' } };
    expect(pod({ volumes: [own] }, { secrets: [cred] }).volumes).toEqual([own]);
    const projected = { name: 'registry-cred', projected: { sources: [] } };
    expect(pod({ volumes: [projected] }, { secrets: [cred] }).volumes).toEqual([projected]);
  });

  test('a mount without a secret gets an empty folder, so that the pod starts', () => {
    const built = pod({ containers: [{ ...scanner, volumeMounts: mounts }] });
    expect(built.volumes).toEqual([{ name: 'registry-cred', emptyDir: {} }]);
    expect(pod({ volumes: [{ name: 'ssh-secret' }] }).volumes).toEqual([
      { name: 'ssh-secret', emptyDir: {} },
    ]);
  });

  test('other volumes stay, and nothing is mounted that the template does not mount', () => {
    const built = pod({ volumes: [{ name: 'workspace', emptyDir: {} }] }, { secrets: [ssh] });
    expect(built.volumes).toEqual([
      { name: 'workspace', emptyDir: {} },
      { name: 'ssh-secret', secret: { secretName: 'key', defaultMode: 0o444 } },
    ]);
    expect(built.containers[0]?.volumeMounts).toBeUndefined();
  });

  test.each([
    ['root', { runAsUser: 0 }, 0o400],
    ['a group of its own', { fsGroup: 1000 }, 0o400],
    ['anybody', {}, 0o444],
  ])('ssh accepts the key when the pod runs as %s', (_, securityContext, mode) => {
    expect(pod({ securityContext }, { secrets: [ssh] }).volumes?.[0]?.secret?.defaultMode).toBe(mode);
  });
});

describe('no API rights', () => {
  test.each([
    [{}, false],
    [{ automountServiceAccountToken: true }, false],
    [{ serviceAccountName: 'scanner' }, undefined],
    [{ serviceAccountName: 'scanner', automountServiceAccountToken: false }, false],
  ])('%j mounts a token: %s', (given, mounted) => {
    expect(pod(given).automountServiceAccountToken).toBe(mounted);
  });
});

test('resources are those of the template, else the configured ones', () => {
  const resources = { limits: { memory: '1Gi' } };
  const own = { requests: { cpu: '1' } };
  const built = pod({ containers: [scanner, { name: 'b', resources: own }] }, { resources });
  expect(built.containers.map((container) => container.resources)).toEqual([resources, own]);
  expect(pod().containers[0]?.resources).toBeUndefined();
});

describe('restricted Pod Security', () => {
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const user = optional(fc.constantFrom(0, 1000));
  const containerContext = fc.record({
    runAsUser: user,
    runAsNonRoot: optional(fc.boolean()),
    privileged: optional(fc.boolean()),
    allowPrivilegeEscalation: optional(fc.boolean()),
    readOnlyRootFilesystem: optional(fc.boolean()),
    seccompProfile: optional(fc.constantFrom({ type: 'Unconfined' }, { type: 'RuntimeDefault' })),
    capabilities: optional(
      fc.record({
        add: optional(fc.subarray(['NET_BIND_SERVICE', 'SYS_ADMIN', 'CAP_SYS_ADMIN'])),
        drop: optional(fc.subarray(['ALL', 'NET_RAW'])),
      }),
    ),
  });
  const container = (name: string) =>
    fc.record({ name: fc.constant(name), securityContext: optional(containerContext) });
  const template = fc.record({
    containers: fc.tuple(container('scanner')),
    initContainers: optional(fc.tuple(container('repo'))),
    securityContext: optional(
      fc.record({
        runAsUser: user,
        runAsNonRoot: optional(fc.boolean()),
        fsGroup: optional(fc.constant(1000)),
        seccompProfile: optional(fc.constant({ type: 'Localhost', localhostProfile: 'x' })),
      }),
    ),
  });

  test('any partial template becomes a valid pod that says what it said', () => {
    fc.assert(
      fc.property(template, (given) => {
        const spec = plain(given) as PodSpec;
        const built = pod(spec);
        expect(built.securityContext).toMatchObject(spec.securityContext ?? {});
        expect(built.securityContext?.seccompProfile).toBeDefined();
        const containers = [...(built.initContainers ?? []), ...built.containers];
        const before = [...(spec.initContainers ?? []), ...spec.containers];
        containers.forEach((one, i) => {
          expect(one.securityContext).toMatchObject(before[i]?.securityContext ?? {});
          expectValid(built, one, before[i]?.securityContext ?? {}, spec.securityContext ?? {});
        });
      }),
      { numRuns: 2000 },
    );
  });

  type Context = NonNullable<Container['securityContext']>;

  /** What the API server (validation.go) and the kubelet refuse, where it is us who would have caused it. */
  function expectValid(
    built: PodSpec,
    { securityContext = {} }: Container,
    given: Context,
    ofPod: NonNullable<PodSpec['securityContext']>,
  ): void {
    const { allowPrivilegeEscalation, privileged, capabilities } = securityContext;
    const admin = capabilities?.add?.some((name) => name.endsWith('SYS_ADMIN')) ?? false;
    if (given.allowPrivilegeEscalation === undefined)
      expect(allowPrivilegeEscalation === false && (privileged === true || admin)).toBe(false);
    expect(capabilities?.drop).toBeDefined();
    const asUser = securityContext.runAsUser ?? built.securityContext?.runAsUser;
    const nonRoot = securityContext.runAsNonRoot ?? built.securityContext?.runAsNonRoot;
    // Only a template that says both itself may contradict itself.
    const saidBoth =
      (given.runAsNonRoot ?? ofPod.runAsNonRoot) !== undefined && (given.runAsUser ?? ofPod.runAsUser) === 0;
    if (asUser === 0 && !saidBoth) expect(nonRoot).not.toBe(true);
    if (asUser !== 0 && given.runAsNonRoot === undefined && ofPod.runAsNonRoot === undefined)
      expect(nonRoot).toBe(true);
  }

  test('a template without any gets all of it', () => {
    const built = pod();
    expect(built.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(built.containers[0]?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('a Windows pod gets none of it', () => {
    expect(pod({ os: { name: 'windows' } })).not.toHaveProperty('securityContext');
  });
});

/** Without undefined values, as an API server stores objects. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('reading a template', () => {
  test.each([
    [undefined],
    [null],
    ['text'],
    [{}],
    [{ containers: [] }],
    [{ containers: [{}] }],
    [{ containers: [{ name: 'scanner', env: 'x' }] }],
    [{ containers: [{ name: 'scanner' }], volumes: [{ emptyDir: {} }] }],
    [{ containers: [{ name: 'scanner' }], securityContext: { runAsUser: 'root' } }],
  ])('%j is no pod', (template) => {
    expect(readPodTemplate(template)).toMatchObject({
      ok: false,
      problem: expect.stringContaining('spec.template'),
    });
  });

  test('keys without a value mean the same as none', () => {
    const reading = readPodTemplate({
      containers: [{ name: 'scanner', env: null, securityContext: { capabilities: null } }],
      initContainers: null,
    });
    expect(reading).toEqual({
      ok: true,
      pod: { containers: [{ name: 'scanner', securityContext: {} }] },
      result: 'scanner',
    });
  });

  test.each([
    [['scanner'], 'scanner'],
    [['summary'], 'summary'],
    [['scanner', 'summary'], 'summary'],
    [['other'], undefined],
  ])('%j has its result in %s', (names, result) => {
    expect(resultContainerOf({ containers: names.map((name) => ({ name })) })).toBe(result);
  });

  test('whatever it holds, there is an answer and never a throw', () => {
    fc.assert(
      fc.property(
        fc.object({ key: fc.constantFrom('containers', 'name', 'env', 'volumes', 'x') }),
        (template) => {
          const reading = readPodTemplate(template);
          if (reading.ok) expect(pod(reading.pod).restartPolicy).toBe('Never');
        },
      ),
    );
  });
});
