import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { z } from 'zod';

import { createAuthority, createSigningKey, type Authority } from './certificates.ts';
import { httpsJson, type JsonAnswer } from './https-json.ts';
import { apiServerFlags, controllerManagerFlags, etcdFlags, type KubePlan } from './kube-flags.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { freePorts } from './ports.ts';
import { startProcess, waitUntilReady, type ServerProcess } from './server-process.ts';
import { findTool, missingTools } from './tools.ts';

export type KubeOptions = {
  /** Without it there are no jobs' pods, no default service accounts, no garbage collection. Default true. */
  controllerManager?: boolean;
  /** Flags put after ours; of a flag given twice the last counts. */
  apiServerFlags?: readonly string[];
  controllerManagerFlags?: readonly string[];
  /** How long each part may take to be ready. Default 2 minutes: other tests use the machine too. */
  readyTimeoutMs?: number;
};

/** A real Kubernetes control plane, RBAC on, without a node. */
export type Kube = {
  url: string;
  /** The path of a kubeconfig for an administrator (`system:masters`). */
  kubeconfig: string;
  /** PEM: the authority that signed server and clients, and the administrator's certificate and key. */
  ca: string;
  cert: string;
  key: string;
  /** Its files and logs; removed by `stop`. */
  directory: string;
  /** Process ids, for measuring memory. `controllerManager` is undefined when it was not wanted. */
  pids: () => { etcd: number; apiServer: number; controllerManager: number | undefined };
  /** A request as the administrator; a path such as `/api/v1/namespaces`. PATCH sends a merge patch. */
  request: (method: string, path: string, body?: unknown) => Promise<JsonAnswer>;
  /** Writes a kubeconfig that speaks as an existing service account (a token of an hour), and gives its path. */
  kubeconfigFor: (serviceAccount: { namespace: string; name: string }) => Promise<string>;
  /** Writes a kubeconfig for a user with a client certificate, and gives its path. */
  kubeconfigForUser: (user: string, ...groups: string[]) => Promise<string>;
  /** Kills the API server without a word and starts it again on the same port; resolves when it is ready. */
  restartApiServer: () => Promise<void>;
  /** Ends everything. The folder is removed unless `keep` is true or a part had ended by itself. */
  stop: (options?: { keep?: boolean }) => Promise<void>;
};

/** A sentence why `startKube` cannot work on this machine, or undefined when it can. */
export function kubeMissing(): string | undefined {
  return missingTools('etcd', 'kube-apiserver', 'kube-controller-manager');
}

/**
 * Starts etcd, kube-apiserver and kube-controller-manager on free ports of 127.0.0.1 and waits
 * until they are ready. Throws with the end of the log of the part that is not.
 */
export async function startKube(options: KubeOptions = {}): Promise<Kube> {
  const missing = kubeMissing();
  if (missing !== undefined) throw new Error(missing);
  const directory = await mkdtemp(path.join(tmpdir(), 'scan-link-kube-'));
  const running = new Map<string, ServerProcess>();
  try {
    return await startIn(directory, running, options);
  } catch (error) {
    await Promise.all([...running.values()].map((server) => server.kill()));
    throw error;
  }
}

async function startIn(
  directory: string,
  running: Map<string, ServerProcess>,
  options: KubeOptions,
): Promise<Kube> {
  const timeoutMs = options.readyTimeoutMs ?? 120_000;
  const plan = await planIn(directory);
  const url = `https://127.0.0.1:${plan.apiServerPort}`;
  const authority = createAuthority('scan-link-test');
  const admin = authority.issueClient('test-admin', 'system:masters');
  await writeFiles(directory, authority);
  const tls = { ca: authority.cert, ...admin };
  const request: Kube['request'] = (method, target, body) => httpsJson(`${url}${target}`, tls, method, body);

  const kubeconfigOf = async (name: string, user: Parameters<typeof writeKubeconfig>[2]): Promise<string> => {
    const file = path.join(directory, `${name}.kubeconfig`);
    await writeKubeconfig(file, { url, ca: authority.cert }, user);
    return file;
  };
  const run = async (program: string, args: readonly string[]): Promise<ServerProcess> => {
    const tool = findTool(program);
    if (tool === undefined) throw new Error(`${program} is not on this machine`);
    const logFile = path.join(directory, `${program}.log`);
    const server = await startProcess({ name: program, program: tool, args, logFile, cwd: directory });
    running.set(program, server);
    return server;
  };
  const runApiServer = async (): Promise<void> => {
    const server = await run('kube-apiserver', [...apiServerFlags(plan), ...(options.apiServerFlags ?? [])]);
    await waitUntilReady(server, async () => (await request('GET', '/readyz')).status === 200, timeoutMs);
  };

  await run('etcd', etcdFlags(plan));
  await runApiServer();
  if (options.controllerManager !== false) {
    const user = authority.issueClient('system:kube-controller-manager');
    await writeKubeconfig(plan.controllerManagerKubeconfig, { url, ca: authority.cert }, user);
    const flags = [...controllerManagerFlags(plan), ...(options.controllerManagerFlags ?? [])];
    const server = await run('kube-controller-manager', flags);
    const account = '/api/v1/namespaces/default/serviceaccounts/default';
    await waitUntilReady(server, async () => (await request('GET', account)).status === 200, timeoutMs);
  }

  return {
    url,
    kubeconfig: await kubeconfigOf('admin', admin),
    ca: authority.cert,
    ...admin,
    directory,
    pids: () => ({
      etcd: pidOf(running, 'etcd'),
      apiServer: pidOf(running, 'kube-apiserver'),
      controllerManager: running.get('kube-controller-manager')?.pid,
    }),
    request,
    kubeconfigFor: async ({ namespace, name }) => {
      const token = await requestToken(request, namespace, name);
      return kubeconfigOf(`${namespace}-${name}`, { token });
    },
    kubeconfigForUser: async (user, ...groups) =>
      kubeconfigOf(`user-${user.replaceAll(/[^\w.-]/g, '-')}`, authority.issueClient(user, ...groups)),
    restartApiServer: async () => {
      await running.get('kube-apiserver')?.kill();
      await runApiServer();
    },
    stop: (stopOptions) => stopAll(running, directory, stopOptions?.keep ?? false),
  };
}

async function planIn(directory: string): Promise<KubePlan> {
  const [client, peer, api] = await freePorts(3);
  if (client === undefined || peer === undefined || api === undefined) throw new Error('no free ports');
  return {
    directory,
    etcdUrl: `http://127.0.0.1:${client}`,
    etcdPeerUrl: `http://127.0.0.1:${peer}`,
    apiServerPort: api,
    controllerManagerKubeconfig: path.join(directory, 'controller-manager.kubeconfig'),
  };
}

/** The certificates and keys that the flags name. */
async function writeFiles(directory: string, authority: Authority): Promise<void> {
  await mkdir(path.join(directory, 'etcd'), { mode: 0o700 });
  const server = authority.issueServer();
  const kubelet = authority.issueClient('kube-apiserver-kubelet-client', 'system:masters');
  const signing = createSigningKey();
  const files = {
    'ca.crt': authority.cert,
    'server.crt': server.cert,
    'server.key': server.key,
    'kubelet-client.crt': kubelet.cert,
    'kubelet-client.key': kubelet.key,
    'service-account.key': signing.privateKey,
    'service-account.pub': signing.publicKey,
  };
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(path.join(directory, name), text, { mode: 0o600 })),
  );
}

const tokenRequest = z.object({ status: z.object({ token: z.string() }) });

async function requestToken(request: Kube['request'], namespace: string, name: string): Promise<string> {
  const answer = await request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600 },
  });
  if (answer.status !== 201) {
    throw new Error(`no token for ${namespace}/${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return tokenRequest.parse(answer.body).status.token;
}

function pidOf(running: ReadonlyMap<string, ServerProcess>, name: string): number {
  const server = running.get(name);
  if (server === undefined) throw new Error(`${name} was not started`);
  return server.pid;
}

/** In the order in which nobody misses another; what had ended by itself keeps the logs and is told. */
async function stopAll(
  running: ReadonlyMap<string, ServerProcess>,
  directory: string,
  keep: boolean,
): Promise<void> {
  const died = [...running.values()].filter((server) => server.ended() !== undefined);
  for (const name of ['kube-controller-manager', 'kube-apiserver', 'etcd']) {
    // Nothing here is worth a graceful end: the API server would wait for its watches.
    await running.get(name)?.kill();
  }
  for (const server of died)
    console.error(`${server.name} had ended by itself (${server.ended()}): ${server.logFile}`);
  if (!keep && died.length === 0) await rm(directory, { recursive: true, force: true });
}
