/** Labels of scan jobs and their pods (spec.md §6): how the controller, and people, find what belongs to a scan. */
import { group } from './kinds.ts';

export const scanLabels = {
  kind: `${group}/kind`,
  /** Cut where the name is longer than a label's value may be; the uid is exact. */
  name: `${group}/name`,
  uid: `${group}/uid`,
} as const;

/** sha256 of the policy that a job was given as `POLICY`: what a `summary` container judged by. */
export const policyDigestAnnotation = `${group}/policy-digest`;

/** Selects whatever belongs to any scan. */
export const anyScanSelector = scanLabels.uid;
