/**
 * Reads kubeconfig files. Our own reader, because loading `@kubernetes/client-node` for it costs 82 MB of memory and
 * half a second of every start, more than half of what idle `scanlink up` may take.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ScanLinkError, messageOf } from '../lib/errors.ts';

const execSchema = z.object({
  apiVersion: z.string(),
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  provideClusterInfo: z.boolean().nullish(),
  installHint: z.string().nullish(),
});

const clusterSchema = z.object({
  server: z.string().min(1),
  'certificate-authority': z.string().nullish(),
  'certificate-authority-data': z.string().nullish(),
  'insecure-skip-tls-verify': z.boolean().nullish(),
  'tls-server-name': z.string().nullish(),
  'proxy-url': z.string().nullish(),
});

const userSchema = z.object({
  'client-certificate': z.string().nullish(),
  'client-certificate-data': z.string().nullish(),
  'client-key': z.string().nullish(),
  'client-key-data': z.string().nullish(),
  token: z.string().nullish(),
  tokenFile: z.string().nullish(),
  username: z.string().nullish(),
  password: z.string().nullish(),
  exec: execSchema.nullish(),
  'auth-provider': z.unknown().optional(),
});

const contextSchema = z.object({
  cluster: z.string(),
  user: z.string().nullish(),
  namespace: z.string().nullish(),
});

const named = <T extends z.ZodType, K extends string>(key: K, value: T) =>
  z.array(z.object({ name: z.string(), [key]: value } as { name: z.ZodString } & Record<K, T>)).nullish();

const fileSchema = z.object({
  'current-context': z.string().nullish(),
  clusters: named('cluster', clusterSchema),
  users: named('user', userSchema.nullish()),
  contexts: named('context', contextSchema),
});

export type ExecPlugin = z.infer<typeof execSchema>;

/** How to prove who we are. At most one of each kind is used: certificate, and token or basic or exec. */
export interface AuthConfig {
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly token?: string;
  /** Re-read as it is rotated. */
  readonly tokenFile?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly exec?: ExecPlugin;
}

/** Everything a connection needs to know. */
export interface ConnectionConfig {
  /** `https://host:port`, with a path where the API is served under one. */
  readonly server: string;
  readonly ca?: Buffer;
  readonly skipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  /** The namespace that the context names; `default` without one. */
  readonly namespace: string;
  readonly auth: AuthConfig;
}

function wrong(message: string, cause?: unknown): ScanLinkError {
  return new ScanLinkError(message, { code: 'KubeconfigInvalid', cause });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw wrong(`cannot read kubeconfig ${file}: ${messageOf(error)}`, error);
  }
}

interface Entry<T> {
  value: T;
  /** Relative paths in an entry are relative to the file it stands in. */
  folder: string;
}

/**
 * Reads the files (the first that names a thing wins, as kubectl merges `KUBECONFIG`) and resolves one context.
 * @throws ScanLinkError `KubeconfigInvalid`
 */
export async function loadKubeconfig(files: readonly string[], context?: string): Promise<ConnectionConfig> {
  const clusters = new Map<string, Entry<z.infer<typeof clusterSchema>>>();
  const users = new Map<string, Entry<z.infer<typeof userSchema>>>();
  const contexts = new Map<string, z.infer<typeof contextSchema>>();
  let current = context;
  for (const file of files) {
    const parsed = await parseFile(file);
    const folder = path.dirname(path.resolve(file));
    current ||= parsed['current-context'] ?? undefined;
    for (const { name, cluster } of parsed.clusters ?? []) {
      if (!clusters.has(name)) clusters.set(name, { value: cluster, folder });
    }
    for (const { name, user } of parsed.users ?? []) {
      if (!users.has(name)) users.set(name, { value: user ?? {}, folder });
    }
    for (const { name, context } of parsed.contexts ?? []) {
      if (!contexts.has(name)) contexts.set(name, context);
    }
  }
  const where = files.join(', ');
  if (!current) throw wrong(`kubeconfig ${where} names no current-context; choose one of: ${list(contexts)}`);
  const chosen = contexts.get(current);
  if (!chosen) throw wrong(`kubeconfig ${where} has no context "${current}"; it has: ${list(contexts)}`);
  const cluster = clusters.get(chosen.cluster);
  if (!cluster) throw wrong(`kubeconfig ${where}: context "${current}" names no known cluster`);
  const user = chosen.user ? users.get(chosen.user) : undefined;
  if (chosen.user && !user) throw wrong(`kubeconfig ${where}: context "${current}" names no known user`);
  return {
    ...(await clusterConfig(cluster)),
    namespace: chosen.namespace || 'default',
    auth: user ? await authConfig(user) : {},
  };
}

const list = (map: Map<string, unknown>): string => [...map.keys()].join(', ') || 'none';

async function parseFile(file: string): Promise<z.infer<typeof fileSchema>> {
  const text = await readText(file);
  // Lazily: a connection inside a cluster needs no YAML.
  const { parse } = await import('yaml');
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw wrong(`kubeconfig ${file} is no YAML: ${messageOf(error)}`, error);
  }
  const result = fileSchema.safeParse(content ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw wrong(`kubeconfig ${file}: ${issue?.path.join('.')}: ${issue?.message}`);
}

async function clusterConfig({ value, folder }: Entry<z.infer<typeof clusterSchema>>) {
  if (value['proxy-url']) throw wrong(`kubeconfig: proxy-url is not supported (cluster ${value.server})`);
  return {
    server: value.server,
    ca: await material(value['certificate-authority-data'], value['certificate-authority'], folder),
    skipTlsVerify: value['insecure-skip-tls-verify'] ?? undefined,
    tlsServerName: value['tls-server-name'] ?? undefined,
  };
}

async function authConfig({ value, folder }: Entry<z.infer<typeof userSchema>>): Promise<AuthConfig> {
  if (value['auth-provider']) {
    throw wrong('kubeconfig: auth-provider was removed from Kubernetes; use an exec plugin instead');
  }
  const { username, password } = value;
  return {
    cert: await material(value['client-certificate-data'], value['client-certificate'], folder),
    key: await material(value['client-key-data'], value['client-key'], folder),
    // kubectl lets tokenFile win over token.
    token: value.tokenFile ? undefined : (value.token ?? undefined),
    tokenFile: value.tokenFile ? path.resolve(folder, value.tokenFile) : undefined,
    basic: username ? { username, password: password ?? '' } : undefined,
    exec: value.exec ? { ...value.exec, command: commandPath(value.exec.command, folder) } : undefined,
  };
}

/** A plugin's command with a slash is relative to the kubeconfig; a bare name is looked up on the PATH. */
function commandPath(command: string, folder: string): string {
  return command.includes('/') ? path.resolve(folder, command) : command;
}

async function material(data: string | null | undefined, file: string | null | undefined, folder: string) {
  if (data) return Buffer.from(data, 'base64');
  if (!file) return undefined;
  const full = path.resolve(folder, file);
  try {
    return await readFile(full);
  } catch (error) {
    throw wrong(`kubeconfig: cannot read ${full}: ${messageOf(error)}`, error);
  }
}
