/** Keeps a scan under 8 KiB, whatever was found in it (spec.md §1). */
import type { Condition, ScanStatus } from '../../api/status-schema.ts';
import type { Scan } from '../../api/kinds.ts';
import { cutEnd } from '../text.ts';

const largestObject = 8 * 1024;
/** For what the server adds when it stores the status: managed fields, a longer resourceVersion. */
const serversShare = 1024;
/** A spec may be large by itself (known hosts): the status still says what matters. */
const leastStatus = 2048;

/** `status` with long texts cut, as much as needed and no more: violations first, errors then. */
export function fit(status: ScanStatus, scan: Scan): ScanStatus {
  const { status: _, ...rest } = scan;
  const room = Math.max(leastStatus, largestObject - serversShare - size(rest));
  if (size(status) <= room) return status;
  for (const lengths of cuts) {
    const smaller = cut(status, lengths);
    if (size(smaller) <= room) return smaller;
  }
  const { violations: __, ...without } = cut(status, { violation: 0, violations: 0, error: 256, text: 128 });
  return without;
}

interface Lengths {
  readonly violation: number;
  readonly violations: number;
  readonly error: number;
  readonly text: number;
}

const cuts: readonly Lengths[] = [
  { violation: 256, violations: 50, error: 1536, text: 2048 },
  { violation: 128, violations: 50, error: 1536, text: 2048 },
  { violation: 72, violations: 50, error: 1024, text: 1024 },
  { violation: 72, violations: 30, error: 1024, text: 512 },
  { violation: 72, violations: 15, error: 768, text: 256 },
  { violation: 72, violations: 5, error: 512, text: 256 },
];

function cut(status: ScanStatus, lengths: Lengths): ScanStatus {
  const error = (condition: Condition): Condition =>
    condition.error === undefined
      ? condition
      : { ...condition, error: cutEnd(condition.error, lengths.error) };
  const text = (value: string | undefined): string | undefined =>
    value === undefined ? undefined : cutEnd(value, lengths.text);
  const names = status.scannedBy?.scanner;
  return {
    ...status,
    ...(status.conditions && { conditions: status.conditions.map(error) }),
    ...(status.violations && {
      violations: status.violations
        .slice(0, lengths.violations)
        .map((message) => cutEnd(message, lengths.violation)),
    }),
    ...(names && {
      scannedBy: {
        scanner: { name: text(names.name), vendor: text(names.vendor), version: text(names.version) },
      },
    }),
  };
}

function size(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
