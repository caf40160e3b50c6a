/** What the runner's tests read well with. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import type { Container, Event, Pod, PodSpec } from '../../kube/builtin-types.ts';
import { isNotFound } from '../../kube/errors.ts';
import { events, pods } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import { startRunner } from './runner.ts';
import type { Runner, RunnerOptions } from './runner.ts';

export const nodeName = 'test-node';
export const shellImage = 'scan-link.test/shell:1';
export const ownImage = 'scan-link.test/own:1';

export const images = [
  { match: 'scan-link.test/shell', entrypoint: ['/bin/sh'], allowCommand: true },
  {
    match: 'scan-link.test/own',
    entrypoint: ['/bin/echo', 'own'],
    allowCommand: false,
    programNames: ['scanlink'],
  },
];

export const shell = (script: string, extra: Partial<Container> = {}): Container => ({
  name: 'main',
  image: shellImage,
  command: ['/bin/sh', '-c', script],
  ...extra,
});

/** Makes, waits for and reads pods in the namespace `work`. Client and folder are known when the tests run. */
export function podVerbs(client: () => KubeClient, dataDir: () => string) {
  let count = 0;
  const create = (spec: Partial<PodSpec> & { containers: Container[] }): Promise<Pod> =>
    client().create<Pod>(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-${++count}`, namespace: 'work', labels: { app: 'x' } },
      spec: { restartPolicy: 'Never', automountServiceAccountToken: false, ...spec },
    });

  const keyOf = (pod: Pod) => ({ namespace: 'work', name: pod.metadata.name ?? '' });
  const get = (pod: Pod): Promise<Pod> => client().get<Pod>(pods, keyOf(pod));

  async function until(pod: Pod, test: (pod: Pod) => boolean, what: string): Promise<Pod> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const now = await get(pod);
      if (test(now)) return now;
      if (Date.now() > deadline) throw new Error(`${what}: ${JSON.stringify(now.status, null, 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  const over = (pod: Pod): Promise<Pod> =>
    until(pod, ({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed', 'never ended');
  const waitsWith = (pod: Pod, reason: string): Promise<Pod> =>
    until(
      pod,
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === reason,
      `not ${reason}`,
    );
  const gone = (pod: Pod): Promise<unknown> =>
    expect.poll(() => get(pod).then(() => false, isNotFound), { timeout: 20_000 }).toBe(true);
  const main = (pod: Pod) => pod.status?.containerStatuses?.[0];

  async function logs(pod: Pod, query: Parameters<KubeClient['logs']>[1] = {}): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of (await client().logs(keyOf(pod), query)) as AsyncIterable<Buffer>)
      chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }
  async function messages(pod: Pod): Promise<string[]> {
    const list = await client().list<Event>(events, {
      namespace: 'work',
      fieldSelector: `involvedObject.name=${pod.metadata.name}`,
    });
    return list.items.map(({ reason, message }) => `${reason}: ${message}`);
  }
  const folderOf = (pod: Pod): string => path.join(dataDir(), 'pods', pod.metadata.uid ?? '');

  return { create, keyOf, get, until, over, waitsWith, gone, main, logs, messages, folderOf };
}

/** The command lines of this machine's processes. */
export async function commands(): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return texts.map((text) => text.replaceAll('\0', ' '));
}

/**
 * A runner in place of one that was killed. The old one cannot really be killed inside this process: it is cut off
 * from the server, and its processes are left to the new one.
 */
export async function killedRunner(old: Runner, options: RunnerOptions): Promise<Runner> {
  old.abandon();
  return startRunner(options);
}
