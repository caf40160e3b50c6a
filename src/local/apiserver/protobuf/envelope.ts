/** The envelope around Kubernetes' protobuf: `k8s\0` and a runtime.Unknown {1: {1: apiVersion, 2: kind}, 2: raw}. */
import { badRequest } from '../api-error.ts';
import type { JsonObject } from '../types.ts';
import { decodeMessage } from './message.ts';
import { wireEntries } from './wire.ts';

const magic = 'k8s\0';

/** Groups → the names of their packages in the builtin table. */
const packages: Record<string, string> = {
  '': 'core',
  batch: 'batch',
  'coordination.k8s.io': 'coordination',
  'events.k8s.io': 'events',
  'authorization.k8s.io': 'authorization',
  'authentication.k8s.io': 'authentication',
  policy: 'policy',
  'meta.k8s.io': 'meta',
  'apiextensions.k8s.io': 'apiextensions',
};

const text = (value: Uint8Array | bigint | undefined): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : '';

/** The object in a protobuf body, with apiVersion and kind. @throws ApiError 400 */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (body.subarray(0, 4).toString('latin1') !== magic)
    throw badRequest('the protobuf body has no k8s prefix');
  const outer = new Map(wireEntries(body.subarray(4)));
  const meta = outer.get(1);
  const types = new Map(wireEntries(meta instanceof Uint8Array ? meta : new Uint8Array()));
  const apiVersion = text(types.get(1));
  const kind = text(types.get(2));
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  const raw = outer.get(2);
  // DeleteOptions travel under the version of what they delete.
  const type = kind === 'DeleteOptions' ? 'meta.DeleteOptions' : `${packages[group] ?? group}.${kind}`;
  const decoded = decodeMessage(type, raw instanceof Uint8Array ? raw : new Uint8Array());
  return { apiVersion, kind, ...decoded };
}
