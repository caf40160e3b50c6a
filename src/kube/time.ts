/** RFC 3339 with whole seconds, as `metav1.Time` is written. */
export function kubeTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 with six digits, as `metav1.MicroTime` is written (leases, some events). */
export function kubeMicroTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`;
}
