import type { Secret } from '../../kube/builtin-types.ts';
import { isNotFound } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { configMaps, secrets } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';

/** The contents of a Secret or ConfigMap. */
export type Contents = ReadonlyMap<string, Buffer>;

/** Reads what pods refer to, in the pod's namespace. Undefined when there is none of that name. */
export interface Sources {
  secret(namespace: string, name: string): Promise<Contents | undefined>;
  configMap(namespace: string, name: string): Promise<Contents | undefined>;
  /** A token of the pod's service account. */
  token(
    namespace: string,
    account: string,
    pod: { name: string; uid: string },
    options: TokenOptions,
  ): Promise<string>;
}

export interface TokenOptions {
  readonly audience?: string;
  readonly expirationSeconds?: number;
}

type ConfigMap = KubeObject & { data?: Record<string, string>; binaryData?: Record<string, string> };

const decoded = (data: Record<string, string> | undefined, encoding: BufferEncoding): [string, Buffer][] =>
  Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]);

export function apiSources(client: KubeClient): Sources {
  const orMissing = async <T>(promise: Promise<T>): Promise<T | undefined> => {
    try {
      return await promise;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  return {
    async secret(namespace, name) {
      const secret = await orMissing(client.get<Secret>(secrets, { namespace, name }));
      return secret && new Map(decoded(secret.data, 'base64'));
    },
    async configMap(namespace, name) {
      const map = await orMissing(client.get<ConfigMap>(configMaps, { namespace, name }));
      return map && new Map([...decoded(map.data, 'utf8'), ...decoded(map.binaryData, 'base64')]);
    },
    async token(namespace, account, pod, { audience, expirationSeconds }) {
      const request = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          audiences: audience ? [audience] : [],
          expirationSeconds: expirationSeconds ?? 3600,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', ...pod },
        },
      };
      const base = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/`;
      const path = `${base}${encodeURIComponent(account)}/token`;
      const answer = (await client.raw('POST', path, request)) as { status?: { token?: string } };
      return answer.status?.token ?? '';
    },
  };
}
