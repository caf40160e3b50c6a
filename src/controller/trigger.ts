/**
 * What makes a scan run, and the name of the job that runs it.
 *
 * A job's name says which scan, template and run it is for: two marks of what triggered it and a third of the job
 * before it. So the name in `status.jobName` tells, across restarts, whether the scan or its template has changed
 * since; the same decision gives the same name, which makes creating a job idempotent; and no name comes twice in a
 * scan's life, not even when an annotation is set back to an earlier value (docs/adr/0007-a-job-is-named-after-the-job-before-it.md).
 */
import { createHash } from 'node:crypto';
import { rescanAnnotation } from '../api/kinds.ts';
import type { Scan, ScanTemplate } from '../api/kinds.ts';

/** What a run was, or would be, started for. Equal marks mean an equal input. */
export interface Trigger {
  /** Of the scan: its uid, generation and rescan annotation. */
  readonly scan: string;
  /** Of the template: its uid and generation. */
  readonly template: string;
}

// Without vowels no words come out; the letters that Kubernetes itself uses for suffixes.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const markLength = 5;
const chainLength = 4;
const suffixLength = 2 * markLength + chainLength;
/** A Job's name becomes a label of its pods: 63 characters at most. */
const longestName = 63;
const prefix = 'scan-';

function mark(length: number, ...parts: (string | number | undefined)[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
  return Array.from(digest.subarray(0, length), (byte) => alphabet[byte % alphabet.length]).join('');
}

/** The mark of the scan alone, for when its template is not there. */
export function scanMark(scan: Scan): string {
  const { uid, generation, annotations } = scan.metadata;
  return mark(markLength, uid, generation, annotations?.[rescanAnnotation]);
}

export function templateMark(template: ScanTemplate): string {
  return mark(markLength, template.metadata.uid, template.metadata.generation);
}

export function triggerOf(scan: Scan, template: ScanTemplate): Trigger {
  return { scan: scanMark(scan), template: templateMark(template) };
}

/**
 * The name of the next job of a scan: a DNS label.
 * @param previous `status.jobName`, the job of the run before
 */
export function jobNameFor(scan: Scan, trigger: Trigger, previous: string | undefined): string {
  const chain = mark(chainLength, scan.metadata.uid, trigger.scan, trigger.template, previous);
  const room = longestName - prefix.length - 1 - suffixLength;
  const name = (scan.metadata.name ?? '').replaceAll('.', '-').slice(0, room).replace(/-+$/, '');
  return `${prefix}${name}-${trigger.scan}${trigger.template}${chain}`;
}

/** What the job of this name was started for; undefined for a name that `jobNameFor` never made. */
export function triggerIn(jobName: string): Trigger | undefined {
  const suffix = jobName.slice(jobName.lastIndexOf('-') + 1);
  if (suffix.length !== suffixLength) return undefined;
  return { scan: suffix.slice(0, markLength), template: suffix.slice(markLength, 2 * markLength) };
}
