import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Pod } from '../../kube/builtin-types.ts';
import { resolveEnvironment } from './environment.ts';
import type { Sources } from './sources.ts';
import { hostMounts, mountVolumes } from './volumes.ts';

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'scan-link-volumes-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const contents = (of: Record<string, string>) =>
  new Map(Object.entries(of).map(([key, text]) => [key, Buffer.from(text)]));

const sources: Sources = {
  secret: (_namespace, name) =>
    Promise.resolve(name === 's' ? contents({ a: 'A', b: 'B', '../c': 'C' }) : undefined),
  configMap: (_namespace, name) =>
    Promise.resolve(name === 'm' ? contents({ x: 'X', 'bad=name': 'no' }) : undefined),
  token: () => Promise.resolve('a-token'),
};

const podOf = (...volumes: Volume[]): Pod => ({
  metadata: { name: 'p', namespace: 'n', uid: 'u', labels: { b: '2', a: '1' }, annotations: { note: 'hi' } },
  spec: {
    containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: '1500m', memory: '64Mi' } } }],
    volumes,
  },
});

const mount = (volume: Omit<Volume, 'name'>, allowHostPath = false) =>
  mountVolumes(podOf({ name: 'v', ...volume }), { dir, sources, allowHostPath });

async function files(): Promise<Record<string, string>> {
  const names = await readdir(path.join(dir, 'v'), { recursive: true, withFileTypes: true });
  const entries = names
    .filter((entry) => entry.isFile())
    .map(async ({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      return [path.relative(path.join(dir, 'v'), file), await readFile(file, 'utf8')] as const;
    });
  return Object.fromEntries(await Promise.all(entries));
}

describe('mountVolumes', () => {
  it.each<[string, Omit<Volume, 'name'>, Record<string, string>]>([
    ['an empty folder', { emptyDir: {} }, {}],
    ['keys of a secret', { secret: { secretName: 's', items: [{ key: 'a', path: 'x/y' }] } }, { 'x/y': 'A' }],
    ['a config map', { configMap: { name: 'm' } }, { x: 'X', 'bad=name': 'no' }],
    ['an optional secret that is not there', { secret: { secretName: 'none', optional: true } }, {}],
    [
      'an optional key that is not there',
      { secret: { secretName: 's', optional: true, items: [{ key: 'z', path: 'z' }] } },
      {},
    ],
    [
      'the downward API',
      {
        downwardAPI: {
          items: [
            { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
            { path: 'cpu', resourceFieldRef: { containerName: 'c', resource: 'limits.cpu' } },
            {
              path: 'memory',
              resourceFieldRef: { containerName: 'c', resource: 'limits.memory', divisor: '1Mi' },
            },
          ],
        },
      },
      { labels: 'a="1"\nb="2"', cpu: '2', memory: '64' },
    ],
    [
      'what a service account mounts',
      {
        projected: {
          sources: [
            { serviceAccountToken: { path: 'token' } },
            { configMap: { name: 'm', items: [{ key: 'x', path: 'ca.crt' }] } },
          ],
        },
      },
      { token: 'a-token', 'ca.crt': 'X' },
    ],
  ])('%s', async (_name, volume, expected) => {
    const folders = await mount(volume);
    expect([...folders]).toEqual([['v', path.join(dir, 'v')]]);
    expect(await files()).toEqual(expected);
  });

  it('sets modes', async () => {
    await mount({
      secret: {
        secretName: 's',
        items: [
          { key: 'a', path: 'a' },
          { key: 'b', path: 'b', mode: 0o600 },
        ],
        defaultMode: 0o400,
      },
    });
    const mode = async (name: string) => (await stat(path.join(dir, 'v', name))).mode & 0o777;
    expect([await mode('a'), await mode('b')]).toEqual([0o400, 0o600]);
  });

  it.each<[Omit<Volume, 'name'>, string]>([
    [{ secret: { secretName: 'none' } }, 'secret "none" not found'],
    [{ configMap: { name: 'none' } }, 'configmap "none" not found'],
    [
      { secret: { secretName: 's', items: [{ key: 'z', path: 'z' }] } },
      'references non-existent secret key: z',
    ],
    [{ secret: { secretName: 's' } }, 'path ../c leaves the volume'],
    [{ hostPath: { path: '/etc' } }, 'hostPath needs podman or docker'],
    [
      { persistentVolumeClaim: { claimName: 'c' } },
      'volumes of type persistentVolumeClaim are not supported',
    ],
    [{ projected: { sources: [{ secret: { name: 'none' } }] } }, 'secret "none" not found'],
  ])('%j: %s', async (volume, message) => {
    await expect(mount(volume)).rejects.toThrow(`MountVolume.SetUp failed for volume "v" : `);
    await expect(mount(volume)).rejects.toThrow(message);
  });

  it('mounts folders of the machine with a container engine', async () => {
    expect([...(await mount({ hostPath: { path: '/etc' } }, true))]).toEqual([['v', '/etc']]);
  });
});

describe('hostMounts', () => {
  const folders = new Map([['v', '/h/v']]);
  const mountOf = (volumeMount: { name: string; mountPath: string; subPath?: string }) =>
    hostMounts({ name: 'c', volumeMounts: [volumeMount] }, folders);

  it('refuses what is not of the volume', async () => {
    await expect(mountOf({ name: 'w', mountPath: '/m' })).rejects.toThrow('no volume of that name');
    await expect(mountOf({ name: 'v', mountPath: '/m', subPath: '../../etc' })).rejects.toThrow(
      'leaves the volume',
    );
  });
});

describe('resolveEnvironment', () => {
  const resolve = (container: object) => resolveEnvironment(podOf(), { name: 'c', ...container }, sources);

  it('takes everything in order, later names winning', async () => {
    const environment = await resolve({
      envFrom: [
        { prefix: 'P_', secretRef: { name: 's' } },
        { configMapRef: { name: 'm' } },
        { secretRef: { name: 'none', optional: true } },
      ],
      env: [
        { name: 'x', value: 'over' },
        { name: 'Y', value: '<$(x)>' },
        { name: 'NOTE', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['note']" } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'MAYBE', valueFrom: { secretKeyRef: { name: 'none', key: 'k', optional: true } } },
      ],
    });
    expect(environment).toEqual({
      P_a: 'A',
      P_b: 'B',
      'P_../c': 'C',
      x: 'over',
      Y: '<over>',
      NOTE: 'hi',
      CPU: '0',
    });
  });

  it.each([
    [{ envFrom: [{ secretRef: { name: 'none' } }] }, 'secret "none" not found'],
    [
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.nope' } } }] },
      'unsupported fieldPath: spec.nope',
    ],
    [
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'm', key: 'z' } } }] },
      "couldn't find key z in ConfigMap n/m",
    ],
  ])('%j: %s', async (container, message) => {
    await expect(resolve(container)).rejects.toMatchObject({ reason: 'CreateContainerConfigError', message });
  });
});
