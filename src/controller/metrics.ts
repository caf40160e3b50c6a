/** What the controller counts. */
import type { ScanStatus } from '../api/status-schema.ts';
import type { Metrics, MetricTable } from '../telemetry/metrics.ts';
import type { ScanKindName } from './scan-kinds.ts';
import type { Telling } from './tell.ts';

export const controllerMetrics = {
  scanlink_scans_started_total: {
    type: 'counter',
    help: 'Jobs started, by kind of scan.',
    labels: ['kind'],
  },
  scanlink_scans_finished_total: {
    type: 'counter',
    help: 'Scans whose report was read, by kind.',
    labels: ['kind'],
  },
  scanlink_scan_failures_total: {
    type: 'counter',
    help: 'Failures of any step, by kind and code.',
    labels: ['kind', 'code'],
  },
  scanlink_policy_verdicts_total: {
    type: 'counter',
    help: 'Verdicts of policies, by kind and result.',
    labels: ['kind', 'result'],
  },
  scanlink_step_seconds: {
    type: 'histogram',
    help: 'How long the steps of a scan took.',
    labels: ['step'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800],
  },
  scanlink_reconciles_total: {
    type: 'counter',
    help: 'Reconciles, by outcome: done, requeue, error, terminal.',
    labels: ['outcome'],
  },
  scanlink_reconcile_seconds: {
    type: 'histogram',
    help: 'How long reconciles took.',
    labels: [],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15],
  },
  scanlink_queue_wait_seconds: {
    type: 'histogram',
    help: 'How long keys waited for a worker once they were due.',
    labels: [],
    buckets: [0.001, 0.01, 0.1, 0.5, 1, 5, 15, 60],
  },
} as const satisfies MetricTable;

const counters: Readonly<Record<string, (metrics: Metrics, kind: ScanKindName) => void>> = {
  ScanStarted: (metrics, kind) => metrics.count('scanlink_scans_started_total', { kind }),
  ScanFinished: (metrics, kind) => metrics.count('scanlink_scans_finished_total', { kind }),
  PolicyPassed: (metrics, kind) =>
    metrics.count('scanlink_policy_verdicts_total', { kind, result: 'passed' }),
  PolicyViolated: (metrics, kind) =>
    metrics.count('scanlink_policy_verdicts_total', { kind, result: 'violated' }),
  ResultsSent: () => {},
};

/** Counts what was told, so that events and figures never disagree. */
export function countTelling(metrics: Metrics, kind: ScanKindName, telling: Telling): void {
  const count = counters[telling.reason];
  if (count) count(metrics, kind);
  else metrics.count('scanlink_scan_failures_total', { kind, code: telling.reason });
}

export function countTimings(metrics: Metrics, before: ScanStatus | undefined, after: ScanStatus): void {
  if (!after.timings || before?.scannedAt === after.scannedAt) return;
  for (const [step, seconds] of Object.entries(after.timings))
    metrics.observe('scanlink_step_seconds', seconds, { step });
}
