/** Rules of a configuration. */
import type { Config } from '../config/options.ts';
import type { JobOptions } from './job.ts';
import type { Quantities } from './pod/pod-spec.ts';
import type { Rules } from './world.ts';

export function rulesOf(config: Config): Rules {
  return {
    retryBaseMs: config.retryScanJobsSecondsAfterError * 1000,
    retryMaxMs: 60 * 60 * 1000,
    keepJobMs: config.deleteScanJobsSecondsAfterFinished * 1000,
    startTimeoutMs: config['scanJobs.startTimeoutSeconds'] * 1000,
    scheduleTimeoutMs: config['scanJobs.scheduleTimeoutSeconds'] * 1000,
    collectTimeoutMs: 120_000,
    graceMs: 60_000,
  };
}

export function jobOptionsOf(config: Config): JobOptions {
  const limits = quantities(config['resources.limits.cpu'], config['resources.limits.memory']);
  const requests = quantities(config['resources.requests.cpu'], config['resources.requests.memory']);
  return {
    deadlineSeconds: config['scanJobs.deadlineSeconds'],
    ...((limits || requests) && { resources: { ...(limits && { limits }), ...(requests && { requests }) } }),
  };
}

function quantities(cpu: string, memory: string): Quantities | undefined {
  if (cpu === '' && memory === '') return undefined;
  return { ...(cpu !== '' && { cpu }), ...(memory !== '' && { memory }) };
}
