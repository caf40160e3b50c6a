import { errorOf, PolicyProblem } from '../failures.ts';
import { Slots } from './slots.ts';

/** The calls of one driver: a few at a time, ended when the driver is closed, failing as `PolicyEngine` says. */
export interface DriverCalls {
  /** Rejects with `ScanLinkError` for a `PolicyProblem`, with the signal's reason when it is aborted. */
  run<T>(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Ends the calls there are, and refuses new ones. */
  close(): void;
}

export function driverCalls(atOnce: number): DriverCalls {
  const slots = new Slots(atOnce);
  const closing = new AbortController();
  return {
    async run(work, signal) {
      const both = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
      try {
        return await slots.run(() => work(both), both);
      } catch (error) {
        if (error instanceof PolicyProblem) throw errorOf(error.failure);
        throw error;
      }
    },
    close: () => closing.abort(errorOf({ code: 'Internal', message: 'the policy engine is closed' })),
  };
}
