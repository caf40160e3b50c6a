/**
 * pods/log: fetched from the node that runs the pod, over the very endpoint a kubelet has
 * (GET /containerLogs/NAMESPACE/POD/CONTAINER), with our client certificate. A kubelet's own certificate is not
 * checked, as kube-apiserver does not check it unless it is told an authority.
 */
import { request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { ApiError, badRequest } from '../api-error.ts';
import { startStream } from '../http/request.ts';
import type { Context } from '../http/request.ts';
import { at, listAt, textAt } from '../resources/resource.ts';
import type { KeyPair, Obj } from '../types.ts';
import type { World } from '../world.ts';
import { getObject } from './read.ts';
import type { PathTarget } from './target.ts';

const connectMs = 10_000;
/** Options that a kubelet takes as they are. */
const passed = [
  'follow',
  'previous',
  'timestamps',
  'sinceSeconds',
  'sinceTime',
  'tailLines',
  'limitBytes',
] as const;

function containerOf(pod: Obj, asked: string | null): string {
  const names = (list: string): string[] => listAt(pod, 'spec', list).map((item) => textAt(item, 'name'));
  const containers = names('containers');
  const all = [...containers, ...names('initContainers'), ...names('ephemeralContainers')];
  if (asked) {
    if (!all.includes(asked))
      throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
    return asked;
  }
  const [only, ...more] = containers;
  const annotated = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (annotated && containers.includes(annotated)) return annotated;
  if (only !== undefined && more.length === 0 && all.length === 1) return only;
  const inits = names('initContainers');
  const text = `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${containers.join(' ')}]`;
  throw badRequest(inits.length > 0 ? `${text} or one of the init containers: [${inits.join(' ')}]` : text);
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

function endpointOf(world: World, node: string): Endpoint {
  const object = world.store.get('nodes', '', node)?.object;
  const port = at(object, 'status', 'daemonEndpoints', 'kubeletEndpoint', 'Port');
  const addresses = listAt(object, 'status', 'addresses');
  const wanted = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalIP'];
  const byType = (type: string): string =>
    textAt(
      addresses.find((item) => textAt(item, 'type') === type),
      'address',
    );
  // An IP needs no name service, which a laptop has none of for its own nodes.
  const host =
    [...wanted]
      .reverse()
      .map(byType)
      .find((text) => isIP(text) !== 0) ?? wanted.map(byType).find(Boolean);
  if (!host || typeof port !== 'number')
    throw new ApiError({
      code: 500,
      reason: 'InternalError',
      message: `Internal error occurred: node ${JSON.stringify(node)} has no address that logs can be fetched from`,
    });
  return { host, port };
}

const unreachable = (why: string): ApiError =>
  new ApiError({ code: 500, reason: 'InternalError', message: `Internal error occurred: ${why}` });

export async function logs(
  world: World,
  context: Context,
  target: PathTarget,
  client: KeyPair,
): Promise<void> {
  const stored = getObject(world, target);
  const pod = stored.object;
  const container = containerOf(pod, context.query.get('container'));
  const node = textAt(pod, 'spec', 'nodeName');
  if (node === '') {
    startStream(context, 'text/plain');
    context.response.end();
    return;
  }
  const endpoint = endpointOf(world, node);
  const query = new URLSearchParams();
  for (const name of passed) {
    const value = context.query.get(name);
    if (value !== null) query.set(name, value);
  }
  const path = `/containerLogs/${stored.namespace}/${stored.name}/${encodeURIComponent(container)}?${query.toString()}`;
  const answer = await fetchFrom(endpoint, path, client, context);
  if ((answer.statusCode ?? 500) >= 400) throw badRequest((await textOf(answer)).slice(0, 1000));
  startStream(context, 'text/plain');
  answer.on('error', () => context.response.destroy());
  answer.pipe(context.response);
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.length > 10_000) break;
  }
  return text.trim();
}

function fetchFrom(
  endpoint: Endpoint,
  path: string,
  client: KeyPair,
  context: Context,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest({
      ...endpoint,
      path,
      method: 'GET',
      cert: client.cert,
      key: client.key,
      rejectUnauthorized: false,
      agent: false,
    });
    const timer = setTimeout(() => request.destroy(new Error('no answer in time')), connectMs);
    request.once('response', (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(
        unreachable(`Get "https://${endpoint.host}:${endpoint.port}${path.split('?')[0]}": ${error.message}`),
      );
    });
    context.response.once('close', () => request.destroy());
    request.end();
  });
}
