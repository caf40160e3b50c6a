import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { chmod, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createAuthority } from '../../test/servers/certificates.ts';
import { ManualClock } from '../lib/manual-clock.ts';
import { connect } from './connect.ts';
import type { ConnectOptions } from './connect.ts';
import { loadKubeconfig } from './kubeconfig.ts';

const authority = createAuthority('test');
const client = authority.issueClient('someone', 'some-group');
const otherClient = authority.issueClient('other');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

let dir: string;
let server: https.Server;
let url: string;
/** What the server saw last: the token and the user of the certificate. */
let seen: { authorization?: string; user?: string };
/** Tokens that are refused. */
const refused = new Set<string>();

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'scan-link-kubeconfig-'));
  const { cert, key } = authority.issueServer();
  server = https.createServer(
    { cert, key, ca: authority.cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const { authorization } = request.headers;
      const subject = (request.socket as TLSSocket).getPeerCertificate().subject as
        { CN?: string } | undefined;
      seen = { authorization, user: subject?.CN };
      const status = refused.has(authorization ?? '') ? 401 : 200;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ kind: 'Status', code: status, reason: 'Unauthorized', message: 'Unauthorized' }),
      );
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(dir, { recursive: true, force: true });
});

async function write(name: string, content: string | object): Promise<string> {
  const file = path.join(dir, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : stringify(content));
  return file;
}

function config(user: object, cluster: object = {}, extra: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'one',
    clusters: [
      {
        name: 'c',
        cluster: { server: url, 'certificate-authority-data': base64(authority.cert), ...cluster },
      },
    ],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'one', context: { cluster: 'c', user: 'u', namespace: 'mine' } }],
    ...extra,
  };
}

/** Asks the server something and gives what it saw. */
async function ask(options: ConnectOptions) {
  const connection = await connect(options);
  try {
    await connection.raw('GET', '/version');
    return seen;
  } finally {
    connection.close();
  }
}

describe('ways to say who we are', () => {
  it.each<[string, () => Promise<object>, { authorization?: string; user?: string }]>([
    ['nothing', () => Promise.resolve({}), {}],
    ['a token', () => Promise.resolve({ token: 't1' }), { authorization: 'Bearer t1' }],
    [
      'a password',
      () => Promise.resolve({ username: 'a', password: 'b' }),
      { authorization: `Basic ${base64('a:b')}` },
    ],
    [
      'a certificate',
      () =>
        Promise.resolve({
          'client-certificate-data': base64(client.cert),
          'client-key-data': base64(client.key),
        }),
      { user: 'someone' },
    ],
    [
      'a certificate in files beside the kubeconfig',
      async () => {
        await write('pki/me.crt', client.cert);
        await write('pki/me.key', client.key);
        return { 'client-certificate': 'pki/me.crt', 'client-key': 'pki/me.key' };
      },
      { user: 'someone' },
    ],
    [
      'a token in a file, which wins over one that is given',
      async () => ({ token: 'x', tokenFile: await write('token', 'from-file\n') }),
      { authorization: 'Bearer from-file' },
    ],
  ])('%s', async (_name, user, expected) => {
    const file = await write('config', config(await user()));
    expect(await ask({ kubeconfig: file })).toEqual({
      authorization: undefined,
      user: undefined,
      ...expected,
    });
  });
});

describe('credential plugins', () => {
  async function plugin(script: string): Promise<string> {
    const file = await write('bin/plugin', `#!/bin/sh\n${script}`);
    await chmod(file, 0o755);
    return write(
      'config',
      config({
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: './bin/plugin',
          args: ['arg'],
          env: [{ name: 'EXTRA', value: 'e' }],
        },
      }),
    );
  }
  const credential = (status: object): string => JSON.stringify({ kind: 'ExecCredential', status });
  const env = { PATH: '/usr/bin:/bin' };

  it('gives a token, told what it needs', async () => {
    const kubeconfig = await plugin(
      `case "$KUBERNETES_EXEC_INFO" in *ExecCredential*) ;; *) exit 9;; esac\necho '${credential({ token: 'TOKEN' })}' | sed "s/TOKEN/$1-$EXTRA/"`,
    );
    expect(await ask({ kubeconfig, env })).toMatchObject({ authorization: 'Bearer arg-e' });
  });

  it('gives a certificate', async () => {
    const status = { clientCertificateData: otherClient.cert, clientKeyData: otherClient.key };
    await write('credential.json', credential(status));
    const kubeconfig = await plugin(`cat ${dir}/credential.json`);
    expect(await ask({ kubeconfig, env })).toMatchObject({ user: 'other' });
  });

  it('is asked again when its credential ends, and not before', async () => {
    const clock = new ManualClock();
    const expirationTimestamp = new Date(clock.now() + 600_000).toISOString();
    await write('count', '');
    const kubeconfig = await plugin(
      `echo x >> ${dir}/count; n=$(wc -l < ${dir}/count | tr -d ' '); echo '${credential({ token: 'tN', expirationTimestamp })}' | sed "s/tN/t$n/"`,
    );
    const connection = await connect({ kubeconfig, env, clock });
    const tokens: (string | undefined)[] = [];
    for (const wait of [0, 500_000, 80_000]) {
      clock.advance(wait);
      await connection.raw('GET', '/version');
      tokens.push(seen.authorization);
    }
    connection.close();
    expect(tokens).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t2']);
  });

  it.each([
    ['fails', 'echo no login >&2; exit 1', 'no login'],
    ['prints nonsense', 'echo secret-nonsense', 'it printed no JSON'],
    ['gives nothing', `echo '${credential({})}'`, 'neither a token nor a certificate'],
  ])('that %s is named, and its output is not shown', async (_name, script, message) => {
    const kubeconfig = await plugin(script);
    const failed = ask({ kubeconfig, env });
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.not.toThrow('secret-nonsense');
  });
});

describe('in a cluster', () => {
  const environment = () => ({
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: new URL(url).port,
  });
  async function account(): Promise<string> {
    await write('account/ca.crt', authority.cert);
    await write('account/namespace', 'scan-link-system');
    await write('account/token', 'first');
    return path.join(dir, 'account');
  }

  it('uses the service account of the pod', async () => {
    const serviceAccountDir = await account();
    const connection = await connect({ env: environment(), serviceAccountDir });
    await connection.raw('GET', '/version');
    expect([connection.namespace, seen.authorization]).toEqual(['scan-link-system', 'Bearer first']);
    connection.close();
  });

  it('reads the token again after a minute, and at once when it is refused', async () => {
    const serviceAccountDir = await account();
    const clock = new ManualClock();
    const connection = await connect({ inCluster: true, env: environment(), serviceAccountDir, clock });
    const tokens: (string | undefined)[] = [];
    const look = async (): Promise<void> => {
      await connection.raw('GET', '/version');
      tokens.push(seen.authorization);
    };
    await look();
    await write('account/token', 'second');
    await look();
    clock.advance(60_000);
    await look();
    await write('account/token', 'third');
    refused.add('Bearer second');
    await look();
    connection.close();
    expect(tokens).toEqual(['Bearer first', 'Bearer first', 'Bearer second', 'Bearer third']);
  });

  it('says so when it is in none', async () => {
    await expect(connect({ inCluster: true, env: {} })).rejects.toThrow('KUBERNETES_SERVICE_HOST is not set');
    await expect(connect({ env: {} })).rejects.toThrow('--kubeconfig or KUBECONFIG');
  });
});

describe('the server', () => {
  it('is not believed without its authority', async () => {
    const kubeconfig = await write(
      'config',
      config({ token: 't' }, { 'certificate-authority-data': base64(createAuthority('wrong').cert) }),
    );
    await expect(ask({ kubeconfig })).rejects.toMatchObject({ reason: 'Unreachable' });
  });

  it('is believed when the file says that it need not be checked', async () => {
    const kubeconfig = await write(
      'config',
      config({ token: 't' }, { 'certificate-authority-data': '', 'insecure-skip-tls-verify': true }),
    );
    expect(await ask({ kubeconfig })).toMatchObject({ authorization: 'Bearer t' });
  });

  it('may have another name in its certificate', async () => {
    const named = await write(
      'config',
      config(
        { token: 't' },
        { server: url.replace('127.0.0.1', 'localhost'), 'tls-server-name': 'kubernetes.default.svc' },
      ),
    );
    expect(await ask({ kubeconfig: named })).toMatchObject({ authorization: 'Bearer t' });
    const wrong = await write('config', config({ token: 't' }, { 'tls-server-name': 'somewhere.else' }));
    await expect(ask({ kubeconfig: wrong })).rejects.toMatchObject({ reason: 'Unreachable' });
  });
});

describe('kubeconfig files', () => {
  it('are merged, the first that names a thing winning', async () => {
    const first = await write('first', {
      contexts: [{ name: 'two', context: { cluster: 'c', user: 'v' } }],
      users: [{ name: 'v', user: { token: 'v' } }],
    });
    const second = await write(
      'second',
      config(
        { token: 'u' },
        {},
        {
          users: [
            { name: 'v', user: { token: 'late' } },
            { name: 'u', user: { token: 'u' } },
          ],
        },
      ),
    );
    const env = { KUBECONFIG: [first, second].join(path.delimiter) };
    expect(await ask({ env, context: 'two' })).toMatchObject({ authorization: 'Bearer v' });
    expect(await ask({ env })).toMatchObject({ authorization: 'Bearer u' });
  });

  it('are found at home', async () => {
    await write('.kube/config', config({ token: 'home' }));
    expect(await ask({ env: { HOME: dir } })).toMatchObject({ authorization: 'Bearer home' });
  });

  it.each<[string, () => object | string, string | undefined, string]>([
    ['no YAML', () => '{', undefined, 'is no YAML'],
    ['of another shape', () => ({ clusters: 7 }), undefined, 'clusters'],
    [
      'without a context',
      () => config({}, {}, { 'current-context': '' }),
      undefined,
      'names no current-context; choose one of: one',
    ],
    ['without that context', () => config({}), 'other', 'has no context "other"; it has: one'],
    ['without the cluster', () => config({}, {}, { clusters: [] }), undefined, 'names no known cluster'],
    ['without the user', () => config({}, {}, { users: [] }), undefined, 'names no known user'],
    ['with a proxy', () => config({}, { 'proxy-url': 'http://x' }), undefined, 'proxy-url is not supported'],
    ['with an auth provider', () => config({ 'auth-provider': {} }), undefined, 'use an exec plugin'],
    [
      'with a certificate that is not there',
      () => config({ 'client-certificate': 'none.crt' }),
      undefined,
      'cannot read',
    ],
  ])('%s: says what is wrong', async (_name, content, context, message) => {
    const file = await write('bad', content());
    const failed = loadKubeconfig([file], context);
    await expect(failed).rejects.toMatchObject({ code: 'KubeconfigInvalid' });
    await expect(failed).rejects.toThrow(message);
  });

  it('that is not there is named', async () => {
    await expect(loadKubeconfig(['/no/such/file'])).rejects.toThrow('/no/such/file');
  });
});
