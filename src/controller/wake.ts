/** Which changes of what is watched bring a scan back for a reconcile, and which tell it nothing new. */
import { rescanAnnotation } from '../api/kinds.ts';
import type { Scan } from '../api/kinds.ts';
import { scanLabels } from '../api/labels.ts';
import type { Job, Pod } from '../kube/builtin-types.ts';
import type { KubeObject } from '../kube/objects.ts';
import type { Change } from '../runtime/cache.ts';
import { keyOf } from '../runtime/keys.ts';
import type { Caches } from './caches.ts';
import { scanKey } from './reconcile.ts';
import { isDeleting, isFinished, jobState } from './run.ts';
import type { ScanKindName } from './scan-kinds.ts';
import { troubleKey } from './trouble.ts';

/**
 * Whether somebody changed a scan. Our own status writes come back as changes too.
 * @param written the version of the status that we wrote last
 */
export function isScanNews(change: Change<Scan>, written: string | undefined): boolean {
  if (change.type !== 'updated') return true;
  const before = change.old.metadata;
  const now = change.object.metadata;
  return (
    before.generation !== now.generation ||
    before.annotations?.[rescanAnnotation] !== now.annotations?.[rescanAnnotation] ||
    isDeleting(change.old) !== isDeleting(change.object) ||
    now.resourceVersion !== written
  );
}

/** A template or policy that appears, changes or goes wakes the scans that name it (spec.md §5). */
export function isSpecNews(change: Change<KubeObject>): boolean {
  return change.type !== 'updated' || change.old.metadata.generation !== change.object.metadata.generation;
}

/** A job that we made tells nothing until it ends. */
export function isJobNews(change: Change<Job>): boolean {
  switch (change.type) {
    case 'added':
      return isFinished(change.object);
    case 'deleted':
      return true;
    case 'updated':
      return (
        jobState(change.old) !== jobState(change.object) ||
        isDeleting(change.old) !== isDeleting(change.object)
      );
  }
}

/** The job tells how its pod ended; the pod, why it does not start, and when it is gone. */
export function isPodNews(change: Change<Pod>): boolean {
  switch (change.type) {
    case 'added':
      return troubleKey(change.object) !== undefined;
    case 'deleted':
      return true;
    case 'updated':
      return (
        troubleKey(change.old) !== troubleKey(change.object) ||
        isDeleting(change.old) !== isDeleting(change.object)
      );
  }
}

const kinds: readonly ScanKindName[] = ['SourceScan', 'ImageScan'];

/** Keys of the scans that name a template or policy. */
export function scansNaming(
  caches: Pick<Caches, 'scans'>,
  what: 'template' | 'policy',
  object: KubeObject,
): string[] {
  return kinds.flatMap((kind) =>
    caches.scans[kind].byIndex(what, keyOf(object)).map((scan) => scanKey(kind, scan)),
  );
}

/** Key of the scan that a job or pod belongs to; none where that scan is gone. */
export function scanOf(caches: Pick<Caches, 'scans'>, object: KubeObject): string | undefined {
  const uid = object.metadata.labels?.[scanLabels.uid];
  if (uid === undefined) return undefined;
  for (const kind of kinds) {
    const [scan] = caches.scans[kind].byIndex('uid', uid);
    if (scan) return scanKey(kind, scan);
  }
  return undefined;
}

export interface Wakes {
  /** @param byPerson a change that somebody made goes before what merely happens */
  add(key: string, byPerson: boolean): void;
  /** The version of the status that we wrote last. */
  written(key: string): string | undefined;
  /** The scan is gone. */
  forget(key: string, scan: Scan): void;
}

/** Ties the caches to a queue. What they hold already is told too, so that a start looks at every scan. */
export function wakeOn(caches: Caches, wakes: Wakes): void {
  const scans = (kind: ScanKindName, change: Change<Scan>): void => {
    const key = scanKey(kind, change.object);
    if (change.type === 'deleted') wakes.forget(key, change.object);
    else if (isScanNews(change, wakes.written(key))) wakes.add(key, true);
  };
  const named = (what: 'template' | 'policy', change: Change<KubeObject>): void => {
    if (!isSpecNews(change)) return;
    for (const key of scansNaming(caches, what, change.object)) wakes.add(key, true);
  };
  const owned = (object: KubeObject): void => {
    const key = scanOf(caches, object);
    if (key !== undefined) wakes.add(key, false);
  };
  caches.scans.SourceScan.onChange((change) => scans('SourceScan', change));
  caches.scans.ImageScan.onChange((change) => scans('ImageScan', change));
  caches.templates.onChange((change) => named('template', change));
  caches.policies.onChange((change) => named('policy', change));
  caches.jobs.onChange((change) => void (isJobNews(change) && owned(change.object)));
  caches.pods.onChange((change) => void (isPodNews(change) && owned(change.object)));
}
