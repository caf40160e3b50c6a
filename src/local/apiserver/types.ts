/** What the laptop's API server takes and gives: the contract of this room. */
import type { Clock } from '../../lib/clock.ts';

/** Any JSON value, as it came over the wire. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json | undefined;
}

export interface OwnerRef extends JsonObject {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFields extends JsonObject {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: JsonObject;
  subresource?: string;
}

/** `metadata`, as `ObjectMeta` of src/kube, and open like everything that came over the wire. */
export interface Meta extends JsonObject {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: { [key: string]: string };
  annotations?: { [key: string]: string };
  ownerReferences?: OwnerRef[];
  finalizers?: string[];
  managedFields?: ManagedFields[];
}

/** Any object of a served kind. */
export interface Obj extends JsonObject {
  apiVersion: string;
  kind: string;
  metadata: Meta;
}

/** Takes what the server has to say about itself; a pino logger fits. */
export interface ServerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ApiServerOptions {
  /** Certificates (`pki/`, mode 0600) and the database (`apiserver.db`) live here; made when they are missing. */
  readonly dataDir: string;
  /** A loopback address; anything else is refused. Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes any free port. A taken port rejects with the code `PortTaken`. */
  readonly port?: number;
  readonly clock?: Clock;
  readonly log?: ServerLog;
  /** How many changes, and bytes of them, a watch can be resumed over; older ones answer 410. */
  readonly watchHistory?: { readonly changes?: number; readonly bytes?: number };
}

/** A certificate and its key, PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface ApiServer {
  readonly url: string;
  readonly port: number;
  /** PEM of the authority that signed the server's certificate and every client certificate. */
  readonly ca: string;
  /** A client certificate of group system:masters. */
  readonly adminCert: string;
  readonly adminKey: string;
  /** A kubeconfig (YAML) with everything embedded, context `scan-link`, for the admin. */
  kubeconfig(): string;
  /** A client certificate of our own authority: `user` becomes CN, `groups` become O. */
  issueClient(user: string, groups: readonly string[]): KeyPair;
  /** A serving certificate for loopback of our own authority, for example for a kubelet's endpoint. */
  issueServer(user: string): KeyPair;
  /** Ends watches, waits for writes and closes the database; safe to call twice. */
  close(): Promise<void>;
}
