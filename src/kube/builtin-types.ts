/** The built-in kinds we read and write, typed by the Kubernetes project's own client (types only, no code). */
import type {
  CoreV1Event,
  V1Container,
  V1ContainerStatus,
  V1Job,
  V1Lease,
  V1Node,
  V1Pod,
  V1PodSpec,
  V1Secret,
} from '@kubernetes/client-node';
import type { KubeObject } from './objects.ts';

// The client's classes hold times as Date; on the wire, where we work, they are RFC 3339 text.
type Wire<T> = T extends Date
  ? string
  : T extends (infer E)[]
    ? Wire<E>[]
    : T extends object
      ? { [K in keyof T]: Wire<T[K]> }
      : T;

export type Pod = KubeObject & Wire<Pick<V1Pod, 'spec' | 'status'>>;
export type PodSpec = Wire<V1PodSpec>;
export type Container = Wire<V1Container>;
export type ContainerStatus = Wire<V1ContainerStatus>;
export type Job = KubeObject & Wire<Pick<V1Job, 'spec' | 'status'>>;
export type Node = KubeObject & Wire<Pick<V1Node, 'spec' | 'status'>>;
export type Secret = KubeObject & Pick<V1Secret, 'data' | 'stringData' | 'type' | 'immutable'>;
export type Lease = KubeObject & Wire<Pick<V1Lease, 'spec'>>;
export type Event = KubeObject & Wire<Omit<CoreV1Event, 'metadata' | 'apiVersion' | 'kind'>>;
