import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Clock } from '../lib/clock.ts';
import { messageOf, ScanLinkError } from '../lib/errors.ts';
import type { AuthConfig, ConnectionConfig, ExecPlugin } from './kubeconfig.ts';

/** Sent with a request: an `Authorization` header, and the client certificate of the connection it goes over. */
export interface Credential {
  readonly authorization?: string;
  readonly cert?: Buffer | string;
  readonly key?: Buffer | string;
}

export interface CredentialSource {
  current(): Promise<Credential>;
  /** The server said 401: forget what was cached. Returns whether asking again could give something new. */
  refresh(): boolean;
}

/** Service account tokens are rotated by the kubelet well before they expire; a minute is what client-go takes. */
const tokenFileMs = 60_000;

export function credentialSource(
  config: ConnectionConfig,
  clock: Clock,
  env: Readonly<Record<string, string | undefined>>,
): CredentialSource {
  const { auth } = config;
  const certificate = { cert: auth.cert, key: auth.key };
  if (auth.exec) return execSource(auth.exec, config, clock, env);
  if (auth.tokenFile) return fileSource(auth.tokenFile, certificate, clock);
  const fixed = { ...certificate, authorization: fixedAuthorization(auth) };
  return { current: () => Promise.resolve(fixed), refresh: () => false };
}

function fixedAuthorization({ token, basic }: AuthConfig): string | undefined {
  if (token) return `Bearer ${token}`;
  if (!basic) return undefined;
  return `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`;
}

/** Reads a credential once at a time and keeps it until `until(value)`. */
function cached<T>(clock: Clock, read: () => Promise<T>, until: (value: T) => number): () => Promise<T> {
  let held: { value: Promise<T>; until: number } | undefined;
  return () => {
    if (held && clock.now() < held.until) return held.value;
    const value = read();
    const entry = { value, until: Number.POSITIVE_INFINITY };
    held = entry;
    const settle = async (): Promise<void> => {
      try {
        entry.until = until(await value);
      } catch {
        // Whoever awaits the value sees the error; the next call reads again.
        if (held === entry) held = undefined;
      }
    };
    void settle();
    return value;
  };
}

function fileSource(file: string, certificate: Credential, clock: Clock): CredentialSource {
  const read = async (): Promise<Credential> => {
    try {
      const token = (await readFile(file, 'utf8')).trim();
      return { ...certificate, authorization: `Bearer ${token}` };
    } catch (error) {
      throw new ScanLinkError(`cannot read the token file ${file}: ${messageOf(error)}`, {
        code: 'KubeTokenUnreadable',
        retry: 'retryable',
        cause: error,
      });
    }
  };
  const fresh = () => cached(clock, read, () => clock.now() + tokenFileMs);
  let current = fresh();
  return {
    current: () => current(),
    refresh() {
      current = fresh();
      return true;
    },
  };
}

const execCredential = z.object({
  kind: z.literal('ExecCredential'),
  status: z.object({
    token: z.string().nullish(),
    clientCertificateData: z.string().nullish(),
    clientKeyData: z.string().nullish(),
    expirationTimestamp: z.string().nullish(),
  }),
});

/** Plugins get this long (a person may have to log in with a browser), and may print this much. */
const execTimeoutMs = 60_000;
const execMaxBytes = 1 << 20;
/** Ask again this long before the credential expires. */
const expiryMarginMs = 30_000;

function execSource(
  plugin: ExecPlugin,
  config: ConnectionConfig,
  clock: Clock,
  env: Readonly<Record<string, string | undefined>>,
): CredentialSource {
  const fresh = () =>
    cached(
      clock,
      () => runPlugin(plugin, config, env),
      (credential) => credential.until,
    );
  let current = fresh();
  return {
    current: () => current(),
    refresh() {
      current = fresh();
      return true;
    },
  };
}

/** What the plugin is told, in the variable that the protocol names (client-go credential plugins). */
function execInfo(plugin: ExecPlugin, config: ConnectionConfig): string {
  const cluster = plugin.provideClusterInfo
    ? {
        server: config.server,
        'tls-server-name': config.tlsServerName,
        'insecure-skip-tls-verify': config.skipTlsVerify,
        'certificate-authority-data': config.ca?.toString('base64'),
      }
    : undefined;
  const spec = { cluster, interactive: false };
  return JSON.stringify({ apiVersion: plugin.apiVersion, kind: 'ExecCredential', spec });
}

async function runPlugin(
  plugin: ExecPlugin,
  config: ConnectionConfig,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Credential & { until: number }> {
  const own = Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value]));
  const output = await new Promise<string>((resolve, reject) => {
    execFile(
      plugin.command,
      plugin.args ?? [],
      {
        timeout: execTimeoutMs,
        maxBuffer: execMaxBytes,
        env: { ...env, ...own, KUBERNETES_EXEC_INFO: execInfo(plugin, config) },
      },
      (error, stdout, stderr) => {
        if (error) reject(pluginError(plugin, firstLine(stderr) || error.message, error));
        else resolve(stdout);
      },
    );
  });
  return parseCredential(plugin, output);
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

function pluginError(plugin: ExecPlugin, why: string, cause?: unknown): ScanLinkError {
  const hint = plugin.installHint ? ` (${firstLine(plugin.installHint)})` : '';
  return new ScanLinkError(`the kubeconfig's credential plugin ${plugin.command} failed: ${why}${hint}`, {
    code: 'KubeCredentialPluginFailed',
    retry: 'retryable',
    cause,
  });
}

function parseCredential(plugin: ExecPlugin, output: string): Credential & { until: number } {
  let json: unknown;
  try {
    json = JSON.parse(output);
  } catch {
    // The output may hold a token: it must not appear in the message.
    throw pluginError(plugin, 'it printed no JSON');
  }
  const parsed = execCredential.safeParse(json);
  if (!parsed.success) throw pluginError(plugin, 'it printed no ExecCredential with a status');
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = parsed.data.status;
  if (!token && !clientCertificateData)
    throw pluginError(plugin, 'it gave neither a token nor a certificate');
  const expires = expirationTimestamp ? Date.parse(expirationTimestamp) : Number.NaN;
  return {
    authorization: token ? `Bearer ${token}` : undefined,
    cert: clientCertificateData ?? undefined,
    key: clientKeyData ?? undefined,
    until: Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires - expiryMarginMs,
  };
}
