/**
 * The laptop's node: runs pods as processes of this machine, and speaks nothing but the Kubernetes API.
 *
 * What it does not do as a kubelet does: processes share this machine's files, network and user (securityContext is
 * not enforced but for a container engine's `runAsUser`); mount paths are found in arguments and variables only
 * (mount-paths.ts); Secrets and ConfigMaps are read once, when the pod starts; probes, lifecycle hooks, exec, attach
 * and port-forward are not there; persistent volumes are refused; memory limits are looked at four times a second.
 */
export { startRunner } from './runner.ts';
export type { Runner, RunnerOptions } from './runner.ts';
export type { ImageRuntime } from './images.ts';
export type { KubeletOptions, KubeletTls } from './kubelet-server.ts';
export { findOciRuntime } from './oci-runtime.ts';
export type { ContainerRuntime } from './types.ts';
