/** The laptop's node: runs pods as processes of this machine, and speaks nothing but the Kubernetes API. */
export { startRunner } from './runner.ts';
export type { Runner, RunnerOptions } from './runner.ts';
export type { ImageRuntime } from './images.ts';
export type { KubeletOptions, KubeletTls } from './kubelet-server.ts';
export { findOciRuntime } from './oci-runtime.ts';
export type { ContainerRuntime } from './types.ts';
