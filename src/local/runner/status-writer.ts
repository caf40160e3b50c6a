import type { Pod } from '../../kube/builtin-types.ts';
import { isConflict, isInvalid, isNotFound } from '../../kube/errors.ts';
import { pods } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { backoffMs } from '../../runtime/backoff.ts';
import { sleep } from '../../runtime/reflector.ts';
import type { PodStatus } from './pod-status.ts';

const backoff = { baseMs: 200, maxMs: 15_000 };

/** Writes one pod's status: the latest only, one write at a time, again until the server has it or the pod is gone. */
export class StatusWriter {
  readonly #pod: Pod;
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  #wanted: PodStatus | undefined;
  #writing: Promise<void> | undefined;

  constructor(pod: Pod, options: { client: KubeClient; clock: Clock; log: Log; signal: AbortSignal }) {
    this.#pod = pod;
    this.#client = options.client;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#signal = options.signal;
  }

  write(status: PodStatus): void {
    if (this.#signal.aborted) return;
    this.#wanted = status;
    this.#writing ??= this.#run();
  }

  /** Resolves when the last status given is written or cannot be. */
  async settled(): Promise<void> {
    while (this.#writing && !this.#signal.aborted) await this.#writing;
  }

  async #run(): Promise<void> {
    const { name = '', namespace, uid } = this.#pod.metadata;
    let failures = 0;
    while (this.#wanted && !this.#signal.aborted) {
      const status = this.#wanted;
      this.#wanted = undefined;
      try {
        // The uid makes it fail for another pod of the same name. Null removes what is no longer there.
        const { reason = null, message = null } = status;
        const body = { metadata: { uid }, status: { ...status, reason, message } };
        await this.#client.patch(pods, { namespace, name }, 'merge', body, { subresource: 'status' });
        failures = 0;
      } catch (error) {
        if (isNotFound(error) || isConflict(error)) break;
        this.#log.warn({ pod: `${namespace}/${name}`, error: messageOf(error) }, 'pod status not written');
        if (isInvalid(error)) break;
        this.#wanted ??= status;
        await sleep(this.#clock, backoffMs(++failures, backoff, Math.random), this.#signal);
      }
    }
    this.#wanted = undefined;
    this.#writing = undefined;
  }
}
