/** What a runner does to pods, as a user of the API sees it. The same suite runs over every API server we have. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Container, Node, Pod } from '../../kube/builtin-types.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { namespaces, nodes, pods, secrets } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import { startRunner } from './runner.ts';
import type { Runner, RunnerOptions } from './runner.ts';
import type { KubeletTls } from './kubelet-server.ts';
import {
  commands,
  images,
  killedRunner,
  nodeName,
  ownImage,
  podVerbs,
  shell,
  shellImage,
} from './suite-helpers.ts';

export interface SuiteServer {
  readonly client: KubeClient;
  readonly tls: KubeletTls;
  /** Runs kubectl as an administrator and gives its output; undefined where the machine has none. */
  readonly kubectl?: (...args: string[]) => Promise<string>;
  stop(): Promise<void>;
}

export function runnerSuite(name: string, startServer: () => Promise<SuiteServer>): void {
  describe(name, () => {
    let server: SuiteServer;
    let client: KubeClient;
    let dataDir: string;
    let runner: Runner;

    const options = (): RunnerOptions => ({
      client,
      nodeName,
      dataDir,
      images,
      kubelet: { host: '127.0.0.1', port: 0, tls: server.tls },
      maxRunning: 4,
    });

    beforeAll(async () => {
      server = await startServer();
      client = server.client;
      dataDir = await mkdtemp(path.join(tmpdir(), 'scan-link-runner-'));
      await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'work' } });
      // A real server refuses pods until the namespace has its default account.
      const account = '/api/v1/namespaces/work/serviceaccounts/default';
      await vi.waitFor(() => client.raw('GET', account), { timeout: 30_000 });
      runner = await startRunner(options());
    });

    afterAll(async () => {
      await runner?.stop(0);
      await server?.stop();
      if (dataDir) await rm(dataDir, { recursive: true, force: true });
    });

    const { create, keyOf, get, until, over, waitsWith, gone, main, logs, messages, folderOf } = podVerbs(
      () => client,
      () => dataDir,
    );

    it('is a node that is ready', async () => {
      const node = await client.get<Node>(nodes, { name: nodeName });
      expect(node.status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'Ready', status: 'True' }),
      );
      expect(node.status?.daemonEndpoints?.kubeletEndpoint?.Port).toBe(runner.kubeletPort);
    });

    it('runs a pod to its success, and says so as a kubelet would', async () => {
      const pod = await over(await create({ containers: [shell('echo hello; echo trouble >&2')] }));
      expect(pod.spec?.nodeName).toBe(nodeName);
      expect(pod.status).toMatchObject({ phase: 'Succeeded', hostIP: '127.0.0.1', podIP: '127.0.0.1' });
      expect(pod.status?.startTime).toMatch(/Z$/);
      expect(main(pod)).toMatchObject({
        name: 'main',
        image: shellImage,
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode: 0, reason: 'Completed' } },
      });
      const conditions = pod.status?.conditions?.map(
        ({ type, status, reason }) => `${type} ${status} ${reason ?? ''}`,
      );
      expect(conditions?.toSorted()).toEqual([
        'ContainersReady False PodCompleted',
        'Initialized True PodCompleted',
        'PodReadyToStartContainers False ',
        'PodScheduled True ',
        'Ready False PodCompleted',
      ]);
      expect((await logs(pod)).split('\n').toSorted()).toEqual(['', 'hello', 'trouble']);
      await expect
        .poll(() => messages(pod))
        .toContain(`Scheduled: Successfully assigned work/${pod.metadata.name} to ${nodeName}`);
      await expect.poll(() => messages(pod)).toContain('Started: Started container main');
    });

    it.each([
      ['an exit code', 'exit 3', { exitCode: 3, reason: 'Error' }],
      ['a signal', 'kill -9 $$$$', { exitCode: 137, reason: 'Error' }],
    ])('a container that ends with %s fails its pod', async (_name, script, terminated) => {
      const pod = await over(await create({ containers: [shell(script)] }));
      expect(pod.status?.phase).toBe('Failed');
      expect(main(pod)?.state?.terminated).toMatchObject(terminated);
    });

    it('a program that is not there is a start error', async () => {
      const pod = await over(await create({ containers: [shell('', { command: ['/no/such/program'] })] }));
      expect(main(pod)?.state?.terminated).toMatchObject({
        exitCode: 128,
        reason: 'StartError',
        message: expect.stringContaining('/no/such/program'),
      });
    });

    it('gives a container its variables and nothing of ours', async () => {
      const pod = await create({
        containers: [
          shell('env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD= | sort; echo "$0" "$1"', {
            command: ['/bin/sh', '-c'],
            args: [
              'env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD= | sort; echo "$0" "$1"',
              '$(GREETING)',
              '$$(GREETING)',
            ],
            env: [
              { name: 'WHO', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
              { name: 'GREETING', value: 'hello $(WHO) $(NOBODY)' },
            ],
          }),
        ],
      });
      const name = pod.metadata.name ?? '';
      const lines = (await logs(await over(pod))).trim().split('\n');
      expect(lines.map((line) => line.replace(folderOf(pod), 'POD'))).toEqual([
        'APP=x',
        `GREETING=hello ${name} $(NOBODY)`,
        'HOME=POD/containers/main',
        `HOSTNAME=${name}`,
        'PATH=/usr/local/bin:/usr/bin:/bin',
        'TMPDIR=POD/containers/main/tmp',
        `WHO=${name}`,
        `hello ${name} $(NOBODY) $(GREETING)`,
      ]);
    });

    it('mounts secrets, config maps and shared folders, and finds mount paths in arguments', async () => {
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'keys', namespace: 'work' },
        stringData: { a: 'A', b: 'B' },
      };
      await client.create<KubeObject>(secrets, secret);
      const pod = await create({
        volumes: [
          { name: 'keys', secret: { secretName: 'keys', items: [{ key: 'b', path: 'sub/b', mode: 0o400 }] } },
          { name: 'shared', emptyDir: {} },
          {
            name: 'all',
            projected: {
              sources: [
                { secret: { name: 'keys' } },
                { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
              ],
            },
          },
        ],
        initContainers: [
          shell('echo from-init > "$0/file"', {
            name: 'first',
            args: ['/workspace'],
            volumeMounts: [{ name: 'shared', mountPath: '/workspace' }],
          }),
        ],
        containers: [
          shell('cat "$0/sub/b" "$1/file" "${2#--all=}/a" "$ALL/name"; pwd', {
            args: ['/etc/keys', '/workspace', '--all=/etc/all'],
            env: [{ name: 'ALL', value: '/etc/all' }],
            workingDir: '/workspace/deeper',
            volumeMounts: [
              { name: 'keys', mountPath: '/etc/keys' },
              { name: 'shared', mountPath: '/workspace' },
              { name: 'all', mountPath: '/etc/all' },
            ],
          }),
        ],
      });
      const ended = await over(pod);
      const text = (await logs(ended, { container: 'main' })).replace(folderOf(pod), 'POD');
      expect(text).toBe(`Bfrom-init\nA${pod.metadata.name}POD/volumes/shared/deeper\n`);
      expect(ended.status?.initContainerStatuses?.[0]).toMatchObject({
        ready: true,
        state: { terminated: { exitCode: 0 } },
      });
    });

    it('an init container that fails stops the pod before its containers', async () => {
      const pod = await over(
        await create({
          initContainers: [
            shell('echo no such repository >&2; exit 128', {
              name: 'repo',
              terminationMessagePolicy: 'FallbackToLogsOnError',
            }),
          ],
          containers: [shell('echo never')],
        }),
      );
      expect(pod.status?.phase).toBe('Failed');
      expect(pod.status?.initContainerStatuses?.[0]?.state?.terminated).toMatchObject({
        exitCode: 128,
        message: 'no such repository\n',
      });
      expect(main(pod)?.state?.waiting?.reason).toBe('PodInitializing');
      await expect(logs(pod, { container: 'main' })).rejects.toThrow('waiting to start: PodInitializing');
    });

    it('reads the termination message', async () => {
      const pod = await over(
        await create({
          containers: [shell('echo because > "$0"; exit 1', { args: ['/dev/termination-log'] })],
        }),
      );
      expect(main(pod)?.state?.terminated?.message).toBe('because\n');
    });

    it('waits for a secret volume, saying so, and goes on when it is there', async () => {
      const pod = await create({
        volumes: [{ name: 'late', secret: { secretName: 'late' } }],
        containers: [
          shell('cat "$0/k"', { args: ['/late'], volumeMounts: [{ name: 'late', mountPath: '/late' }] }),
        ],
      });
      const said = 'FailedMount: MountVolume.SetUp failed for volume "late" : secret "late" not found';
      await expect.poll(() => messages(pod), { timeout: 10_000 }).toContain(said);
      await waitsWith(pod, 'ContainerCreating');
      await client.create<KubeObject>(secrets, {
        metadata: { name: 'late', namespace: 'work' },
        stringData: { k: 'v' },
      } as KubeObject);
      expect(await logs(await over(pod))).toBe('v');
    });

    it.each([
      [
        'secret',
        { name: 'X', valueFrom: { secretKeyRef: { name: 'nowhere', key: 'k' } } },
        'secret "nowhere" not found',
      ],
      [
        'key',
        { name: 'X', valueFrom: { secretKeyRef: { name: 'keys', key: 'k' } } },
        "couldn't find key k in Secret work/keys",
      ],
      [
        'config map',
        { name: 'X', valueFrom: { configMapKeyRef: { name: 'nowhere', key: 'k' } } },
        'configmap "nowhere" not found',
      ],
    ])('a variable from a %s that is not there keeps the container waiting', async (_name, env, message) => {
      const pod = await waitsWith(
        await create({ containers: [shell('true', { env: [env] })] }),
        'CreateContainerConfigError',
      );
      expect(main(pod)?.state?.waiting?.message).toBe(message);
      await client.delete(pods, keyOf(pod), { gracePeriodSeconds: 1 });
      await gone(pod);
    });

    it('says in words why an image cannot run here', async () => {
      const pod = await create({ containers: [{ name: 'main', image: 'registry.test/nowhere:found' }] });
      const waiting = await waitsWith(pod, 'ErrImagePull');
      expect(main(waiting)?.state?.waiting?.message).toMatch(
        /registry\.test\/nowhere:found.*neither podman nor docker/,
      );
      await waitsWith(pod, 'ImagePullBackOff');
      await expect.poll(() => messages(pod)).toContain('Failed: Error: ErrImagePull');
      expect((await get(pod)).status?.phase).toBe('Pending');
      await client.delete(pods, keyOf(pod));
      await gone(pod);
    });

    it('runs a program of ours, and no other in its name', async () => {
      const run = (extra: Partial<Container>) =>
        create({ containers: [{ name: 'main', image: ownImage, ...extra }] });
      expect(await logs(await over(await run({ args: ['--x'] })))).toBe('own --x\n');
      expect(await logs(await over(await run({ command: ['/usr/bin/scanlink', 'scan'] })))).toBe(
        'own scan\n',
      );
      const refused = await run({ command: ['/bin/cat', '/etc/passwd'] });
      expect(main(await waitsWith(refused, 'CreateContainerError'))?.state?.waiting?.message).toContain(
        'takes only "scanlink"',
      );
      await client.delete(pods, keyOf(refused));
      await gone(refused);
    });

    it('asks a deleted pod to end, and lets it', async () => {
      const pod = await create({
        containers: [shell('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done')],
      });
      await until(pod, ({ status }) => status?.phase === 'Running', 'not running');
      await expect.poll(() => logs(pod)).toBe('up\n');
      const following = logs(pod, { follow: true });
      await client.delete(pods, keyOf(pod), { gracePeriodSeconds: 20 });
      expect(await following).toBe('up\nbye\n');
      await gone(pod);
      await expect.poll(() => existsSync(folderOf(pod))).toBe(false);
    });

    it('kills a deleted pod that does not listen, with all it started', async () => {
      const pod = await create({ containers: [shell('trap "" TERM; sleep 301 & sleep 302; sleep 303')] });
      await until(pod, ({ status }) => status?.phase === 'Running', 'not running');
      await client.delete(pods, keyOf(pod), { gracePeriodSeconds: 1 });
      await gone(pod);
      await expect
        .poll(() => commands().then((all) => all.filter((one) => /sleep 30[123]/.test(one))))
        .toEqual([]);
    });

    it('kills at once when the pod is taken away by force', async () => {
      const pod = await create({ containers: [shell('trap "" TERM; sleep 311')] });
      await until(pod, ({ status }) => status?.phase === 'Running', 'not running');
      await client.delete(pods, keyOf(pod), { gracePeriodSeconds: 0 });
      await gone(pod);
      await expect
        .poll(() => commands().then((all) => all.filter((one) => one.includes('sleep 311'))))
        .toEqual([]);
      await expect.poll(() => existsSync(folderOf(pod))).toBe(false);
    });

    it('ends a pod at its deadline', async () => {
      const pod = await over(await create({ activeDeadlineSeconds: 1, containers: [shell('sleep 60')] }));
      expect(pod.status).toMatchObject({
        phase: 'Failed',
        reason: 'DeadlineExceeded',
        message: 'Pod was active on the node longer than the specified deadline',
      });
      expect(main(pod)?.state?.terminated?.exitCode).toBe(143);
    });

    it.runIf(process.platform === 'linux')('kills what takes more memory than its limit', async () => {
      const script = `exec ${process.execPath} -e "const a = []; setInterval(() => a.push(Buffer.alloc(2e7, 1)), 20)"`;
      const pod = await over(
        await create({ containers: [shell(script, { resources: { limits: { memory: '150Mi' } } })] }),
      );
      expect(main(pod)?.state?.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
    });

    it('follows a log from its beginning to its end', async () => {
      const pod = await create({
        containers: [shell('for i in 1 2 3; do echo $i; sleep 0.1; done; printf end')],
      });
      await until(pod, ({ status }) => status?.phase !== 'Pending', 'not started');
      expect(await logs(pod, { follow: true })).toBe('1\n2\n3\nend');
    });

    it('shows as much of a log as is asked for', async () => {
      const pod = await over(await create({ containers: [shell('seq 1 1000')] }));
      expect(await logs(pod, { tailLines: 2 })).toBe('999\n1000\n');
      expect(await logs(pod, { limitBytes: 5 })).toBe('1\n2\n3');
      expect((await logs(pod)).split('\n')).toHaveLength(1001);
    });

    it('starts a container again as its policy says', async () => {
      const pod = await create({ restartPolicy: 'OnFailure', containers: [shell('echo again; exit 1')] });
      const waiting = await waitsWith(pod, 'CrashLoopBackOff');
      expect(waiting.status?.phase).toBe('Running');
      expect(main(waiting)).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 1 } } });
      expect(await logs(pod, { previous: true })).toBe('again\n');
      await client.delete(pods, keyOf(pod), { gracePeriodSeconds: 0 });
      await gone(pod);
    });

    it('leaves pods alone that are for other nodes', async () => {
      const pod = await create({
        nodeSelector: { 'kubernetes.io/os': 'plan9' },
        containers: [shell('true')],
      });
      await until(
        pod,
        ({ status }) => status?.conditions?.some(({ reason }) => reason === 'Unschedulable') ?? false,
        'said nothing',
      );
      expect((await get(pod)).spec?.nodeName).toBeUndefined();
      await client.delete(pods, keyOf(pod));
      await gone(pod);
    });

    it('runs many pods, a few at a time, and takes a few milliseconds for each', async () => {
      const all = await Promise.all(
        Array.from({ length: 12 }, () => create({ containers: [shell('true')] })),
      );
      const ended = await Promise.all(all.map(over));
      expect(ended.map(({ status }) => status?.phase)).toEqual(all.map(() => 'Succeeded'));
    });

    it('started again, fails what it lost and kills what was left', async () => {
      const running = await create({ containers: [shell('echo before; sleep 321')] });
      const waiting = await create({
        containers: [
          shell('true', { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'later', key: 'k' } } }] }),
        ],
      });
      const kept = await over(await create({ containers: [shell('echo kept')] }));
      await until(running, ({ status }) => status?.phase === 'Running', 'not running');
      await waitsWith(waiting, 'CreateContainerConfigError');
      const other = await killedRunner(runner, options());
      runner = other;
      const lost = await over(running);
      expect(lost.status).toMatchObject({ phase: 'Failed', reason: 'RunnerRestarted' });
      expect(main(lost)?.state?.terminated?.exitCode).toBe(137);
      await expect
        .poll(() => commands().then((all) => all.filter((one) => one.includes('sleep 321'))))
        .toEqual([]);
      expect([await logs(lost), await logs(kept)]).toEqual(['before\n', 'kept\n']);
      await client.create<KubeObject>(secrets, {
        metadata: { name: 'later', namespace: 'work' },
        stringData: { k: 'v' },
      } as KubeObject);
      expect((await over(waiting)).status?.phase).toBe('Succeeded');
    });

    it('stopped, ends its pods and says so, and leaves those that had not begun to the next', async () => {
      const pod = await create({ containers: [shell('sleep 60')] });
      const env = [{ name: 'X', valueFrom: { secretKeyRef: { name: 'even-later', key: 'k' } } }];
      const waiting = await create({ containers: [shell('true', { env })] });
      await until(pod, ({ status }) => status?.phase === 'Running', 'not running');
      await waitsWith(waiting, 'CreateContainerConfigError');
      await runner.stop();
      expect((await get(pod)).status).toMatchObject({ phase: 'Failed', reason: 'Terminated' });
      expect((await get(waiting)).status?.phase).toBe('Pending');
      runner = await startRunner(options());
      const secret = { metadata: { name: 'even-later', namespace: 'work' }, stringData: { k: 'v' } };
      await client.create<KubeObject>(secrets, secret);
      expect((await over(waiting)).status?.phase).toBe('Succeeded');
      expect((await get(pod)).status).toMatchObject({ phase: 'Failed', reason: 'Terminated' });
    });

    it('serves kubectl logs', async ({ skip }) => {
      if (!server.kubectl) skip('no kubectl on this machine');
      const pod = await create({
        containers: [shell('echo one; sleep 0.5; echo two'), shell('echo other', { name: 'other' })],
      });
      await until(pod, ({ status }) => status?.phase !== 'Pending', 'not started');
      const name = pod.metadata.name ?? '';
      expect(await server.kubectl?.('-n', 'work', 'logs', '-f', name, '-c', 'main')).toBe('one\ntwo\n');
      expect(await server.kubectl?.('-n', 'work', 'logs', name, '-c', 'other', '--timestamps')).toMatch(
        /^\d{4}-.*Z other\n$/,
      );
      expect(await server.kubectl?.('-n', 'work', 'logs', name, '-c', 'main', '--tail=1')).toBe('two\n');
      expect(await server.kubectl?.('-n', 'work', 'logs', name, '-c', 'main', '--since=1h')).toBe(
        'one\ntwo\n',
      );
    });

    it('removes the folders of pods that are gone', async () => {
      const { items } = await client.list<Pod>(pods, { namespace: 'work' });
      await Promise.all(items.map((pod) => client.delete(pods, keyOf(pod), { gracePeriodSeconds: 0 })));
      await expect.poll(() => readdir(path.join(dataDir, 'pods')), { timeout: 10_000 }).toEqual([]);
    });
  });
}
