/** For tests: a started server in a folder of its own, and a small HTTPS client for it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApiServer } from './index.ts';
import type { ApiServer, ApiServerOptions, Json, JsonObject } from './types.ts';

export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The answer's JSON; an empty object when it is none. */
  readonly body: Answered;
}

/** JSON as tests read it: any path may be asked for. */
export interface Answered {
  readonly [key: string]: Answered;
  readonly [index: number]: Answered;
}

export interface CallOptions {
  readonly headers?: Record<string, string>;
  /** Sent as it is instead of a JSON body. */
  readonly raw?: string | Buffer;
}

export interface WatchLine {
  readonly type: string;
  readonly object: Answered;
}

export interface TestServer {
  readonly server: ApiServer;
  readonly dataDir: string;
  /** Errors that the server logged: there should be none. */
  readonly errors: string[];
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answer>;
  /** Lines of a watch as they come; `next` waits for one more. */
  watch(path: string, headers?: Record<string, string>): Promise<TestWatch>;
  /** Stops and starts it again on the same folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestWatch {
  readonly code: number;
  next(): Promise<WatchLine>;
  /** Resolves when the server ended it. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Content types of patches. */
export const patchTypes = {
  merge: { 'content-type': 'application/merge-patch+json' },
  json: { 'content-type': 'application/json-patch+json' },
  strategic: { 'content-type': 'application/strategic-merge-patch+json' },
  apply: { 'content-type': 'application/apply-patch+yaml' },
} as const;

export const asTable = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };

function parse(text: string): Answered {
  try {
    return JSON.parse(text) as Answered;
  } catch {
    return {};
  }
}

/** Where to, and as whom. */
export interface Connection {
  readonly agent: Agent;
  readonly url: string;
}

/** One request to any server. */
export function callServer(
  to: Connection,
  method: string,
  path: string,
  body: unknown,
  options: CallOptions = {},
): Promise<Answer> {
  const content = options.raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const headers: Record<string, string | number> = {
    accept: 'application/json',
    'user-agent': 'test/1',
    ...(content !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(content),
    }),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const call = httpsRequest(`${to.url}${path}`, { method, agent: to.agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ code: answer.statusCode ?? 0, headers: answer.headers, text, body: parse(text) });
      });
    });
    call.on('error', reject);
    call.end(content);
  });
}

function openWatch(to: Connection, path: string, headers: Record<string, string>): Promise<TestWatch> {
  return new Promise((resolve, reject) => {
    const call = httpsRequest(`${to.url}${path}`, {
      agent: to.agent,
      headers: { accept: 'application/json', ...headers },
    });
    call.once('error', reject);
    call.once('response', (answer) => {
      const lines: WatchLine[] = [];
      const waiting: ((line: WatchLine) => void)[] = [];
      let rest = '';
      answer.on('data', (chunk: Buffer) => {
        const parts = (rest + chunk.toString('utf8')).split('\n');
        rest = parts.pop() ?? '';
        for (const part of parts) {
          const line = JSON.parse(part) as WatchLine;
          const taker = waiting.shift();
          if (taker) taker(line);
          else lines.push(line);
        }
      });
      answer.on('error', () => {});
      call.on('error', () => {});
      const ended = new Promise<void>((done) => answer.once('close', done));
      resolve({
        code: answer.statusCode ?? 0,
        ended,
        close: () => call.destroy(),
        next: () => {
          const line = lines.shift();
          return line ? Promise.resolve(line) : new Promise((take) => waiting.push(take));
        },
      });
    });
    call.end();
  });
}

/** Starts a server on a free port. `stop` removes its folder. */
export async function startTestServer(options: Partial<ApiServerOptions> = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'apiserver-test-'));
  const errors: string[] = [];
  const log = {
    info() {},
    warn() {},
    error: (fields: object, message: string) => errors.push(`${message} ${JSON.stringify(fields)}`),
  };
  const start = async (): Promise<[ApiServer, Connection]> => {
    const server = await startApiServer({ log, ...options, dataDir });
    const agent = new Agent({
      ca: server.ca,
      cert: server.adminCert,
      key: server.adminKey,
      keepAlive: true,
      maxSockets: 50,
    });
    return [server, { agent, url: server.url }];
  };
  let [server, connection] = await start();
  const close = async (): Promise<void> => {
    connection.agent.destroy();
    await server.close();
  };
  return {
    get server() {
      return server;
    },
    dataDir,
    errors,
    call: (method, path, body, more = {}) => callServer(connection, method, path, body, more),
    watch: (path, headers = {}) => openWatch(connection, path, headers),
    restart: async () => {
      await close();
      [server, connection] = await start();
    },
    stop: async () => {
      await close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A definition with every kind of field that the tests speak of. */
export function thingDefinition(): JsonObject {
  const text = (more: JsonObject = {}): JsonObject => ({ type: 'string', ...more });
  const spec: JsonObject = {
    type: 'object',
    required: ['n'],
    properties: {
      n: { type: 'integer', minimum: 1, maximum: 10 },
      s: text({ minLength: 2, maxLength: 4, pattern: '^a' }),
      e: text({ enum: ['X', 'Y'] }),
      d: text({ default: 'dd' }),
      nul: text({ nullable: true }),
      list: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        items: {
          type: 'object',
          required: ['name'],
          properties: {
            name: text(),
            v: { type: 'integer' },
            p: { type: 'object', properties: { q: text({ default: 'z' }) } },
          },
        },
      },
      set: { type: 'array', 'x-kubernetes-list-type': 'set', items: text() },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      map: { type: 'object', additionalProperties: text() },
      ios: { 'x-kubernetes-int-or-string': true },
      when: text({ format: 'date-time' }),
      imm: text({ 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'imm is immutable' }] }),
    },
    'x-kubernetes-validations': [{ rule: '!has(self.s) || self.n > 2', message: 'n must be over 2 with s' }],
  };
  const status: JsonObject = {
    type: 'object',
    properties: {
      ok: { type: 'boolean' },
      parts: { type: 'object', additionalProperties: { type: 'object', properties: { url: text() } } },
    },
  };
  const version = (name: string, storage: boolean): Json => ({
    name,
    served: true,
    storage,
    ...(!storage && { deprecated: true, deprecationWarning: 'example.test/v1alpha1 Thing is old' }),
    schema: { openAPIV3Schema: { type: 'object', properties: { spec, status } } },
    subresources: { status: {} },
    additionalPrinterColumns: [
      { name: 'N', type: 'integer', jsonPath: '.spec.n' },
      { name: 'First', type: 'string', jsonPath: '.spec.list[*].name' },
      { name: 'When', type: 'date', jsonPath: '.spec.when' },
      { name: 'Url', type: 'string', jsonPath: '.status.parts.*.url', priority: 1 },
    ],
  });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.test' },
    spec: {
      group: 'example.test',
      scope: 'Namespaced',
      names: { plural: 'things', kind: 'Thing', shortNames: ['th'], categories: ['all'] },
      versions: [version('v1', true), version('v1alpha1', false)],
    },
  };
}

export const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
export const thingsPath = '/apis/example.test/v1/namespaces/default/things';

export const aThing = (name: string, spec: JsonObject = { n: 3 }, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'example.test/v1',
  kind: 'Thing',
  metadata: { name },
  spec,
  ...more,
});
