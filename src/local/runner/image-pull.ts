import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Container, Pod } from '../../kube/builtin-types.ts';
import { messageOf } from '../../lib/errors.ts';
import type { RunnerContext } from './context.ts';
import { parseImage } from './images.ts';
import type { ContainerRuntime, PullPolicy } from './types.ts';

/** An image that is not to be had now; `reason` is what the waiting container says (the kubelet's names). */
export class ImageError extends Error {
  readonly reason: 'ErrImagePull' | 'ErrImageNeverPull' | 'InvalidImageName';

  constructor(reason: ImageError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The policy that the API server would default to: `Always` for no tag and for `latest`. */
export function pullPolicy(container: Container): PullPolicy {
  const { imagePullPolicy } = container;
  if (imagePullPolicy === 'Always' || imagePullPolicy === 'Never') return imagePullPolicy;
  if (imagePullPolicy === 'IfNotPresent') return imagePullPolicy;
  const image = parseImage(container.image ?? '');
  const isMoving = !image?.digest && (!image?.tag || image.tag === 'latest');
  return isMoving ? 'Always' : 'IfNotPresent';
}

/** The runtime that has the container's image ready. @throws ImageError */
export async function ensureImage(
  pod: Pod,
  container: Container,
  podDir: string,
  context: RunnerContext,
): Promise<ContainerRuntime> {
  const image = container.image ?? '';
  if (!parseImage(image)) {
    throw new ImageError(
      'InvalidImageName',
      `Failed to apply default image tag "${image}": couldn't parse image name`,
    );
  }
  const runtime = context.runtimeFor(image);
  if ('none' in runtime) throw new ImageError('ErrImagePull', runtime.none);
  const policy = pullPolicy(container);
  const isPresent = await runtime.isPresent(image);
  if (isPresent && (policy !== 'Always' || context.isLocal(image))) {
    context.events.record(
      podObject(pod),
      'Normal',
      'Pulled',
      `Container image "${image}" already present on machine`,
    );
    return runtime;
  }
  if (policy === 'Never') {
    throw new ImageError(
      'ErrImageNeverPull',
      `Container image "${image}" is not present with pull policy of Never`,
    );
  }
  context.events.record(podObject(pod), 'Normal', 'Pulling', `Pulling image "${image}"`);
  try {
    await runtime.pull(image, await authFile(pod, podDir, context));
  } catch (error) {
    throw new ImageError('ErrImagePull', messageOf(error));
  }
  context.events.record(podObject(pod), 'Normal', 'Pulled', `Successfully pulled image "${image}"`);
  return runtime;
}

/** Pods in a watch come without kind; events need it. */
export function podObject(pod: Pod): Pod {
  return { ...pod, apiVersion: 'v1', kind: 'Pod' };
}

type DockerConfig = { auths?: Record<string, unknown> };

/** The pod's pull secrets as one docker `config.json`; those that are missing or unreadable are left out, as a kubelet does. */
async function authFile(pod: Pod, podDir: string, context: RunnerContext): Promise<string | undefined> {
  const auths: Record<string, unknown> = {};
  for (const { name = '' } of pod.spec?.imagePullSecrets ?? []) {
    const secret = await context.sources.secret(pod.metadata.namespace ?? '', name);
    const config = secret?.get('.dockerconfigjson');
    if (!config) continue;
    try {
      Object.assign(auths, (JSON.parse(config.toString()) as DockerConfig).auths);
    } catch {
      context.log.warn({ secret: name }, 'pull secret is no JSON');
    }
  }
  if (Object.keys(auths).length === 0) return undefined;
  const file = path.join(podDir, 'auth', 'config.json');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ auths }), { mode: 0o600 });
  return file;
}
