/** Questions to a store, remote or in a file of this machine: the same paths, and the same answers. */
import { messageOf, ScanLinkError } from '../lib/errors.ts';
import { getJson } from './client/get.ts';

export interface Asked {
  /** @throws ScanLinkError `StoreUnreachable`, `StoreUnauthorized`, `StoreRefused`, `NotFound` */
  get(path: string): Promise<unknown>;
  close(): Promise<void>;
}

export type StoreAddress =
  | { readonly url: string; readonly ca?: string; readonly token?: string }
  /** A database, as `openStoreDb` takes it. */
  | { readonly location: string };

export async function askStore(address: StoreAddress): Promise<Asked> {
  if ('url' in address) {
    return { get: (path) => getJson({ ...address, path }), close: () => Promise.resolve() };
  }
  const { openStoreDb } = await import('./db/index.ts');
  const { storeApp } = await import('./http/server.ts');
  const store = await openStoreDb(address);
  const app = await storeApp({ store, trusted: true });
  return {
    async get(path) {
      const { statusCode, body } = await app.inject({ method: 'GET', url: path });
      if (statusCode === 200) return JSON.parse(body) as unknown;
      throw new ScanLinkError(`${address.location}: ${messageIn(body)}`, {
        code: statusCode === 404 ? 'NotFound' : 'StoreRefused',
      });
    },
    async close() {
      await app.close();
      await store.close();
    },
  };
}

function messageIn(body: string): string {
  try {
    const value = JSON.parse(body) as { Message?: string; detail?: string };
    return value.Message ?? value.detail ?? body;
  } catch (error) {
    return messageOf(error);
  }
}
