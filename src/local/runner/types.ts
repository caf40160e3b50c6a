/** What the rooms of the runner hand each other. */
import type { Readable } from 'node:stream';

/** A container's volume on this machine. */
export interface HostMount {
  /** Absolute, inside the container. */
  readonly mountPath: string;
  /** The folder or file here that stands for it. */
  readonly hostPath: string;
  readonly readOnly: boolean;
}

/** Everything that a runtime needs to start one container. */
export interface ContainerSpec {
  /** Unique for every start: `<container>-<pod uid>-<restart>`. */
  readonly id: string;
  readonly image: string;
  /** The image's own when undefined. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  readonly mounts: readonly HostMount[];
  readonly memoryLimitBytes?: number;
  /** A folder that is the container's alone, gone with its pod. */
  readonly privateDir: string;
  readonly user?: number;
  /** The runner it belongs to: its pods' folder. */
  readonly owner: string;
}

export interface Exit {
  /** 128 + signal number for a signal. */
  readonly code: number;
  readonly oomKilled: boolean;
  /** It did not run at all: why. */
  readonly startError?: string;
}

export type StopSignal = 'SIGTERM' | 'SIGKILL';

export interface RunningContainer {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Never rejects. Both streams end soon after. */
  readonly exited: Promise<Exit>;
  /** To the whole container. Does nothing once it ended. */
  kill(signal: StopSignal): void;
}

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';

/** Runs containers of the images that it takes. */
export interface ContainerRuntime {
  /** The scheme of container ids: `process`, `podman`, `docker`. */
  readonly scheme: string;
  /** Whether the image can be started without pulling it. */
  isPresent(image: string): Promise<boolean>;
  /** @throws Error whose message says why not; `authFile` is a docker `config.json` */
  pull(image: string, authFile: string | undefined): Promise<void>;
  /** @throws ContainerRefused */
  start(spec: ContainerSpec): Promise<RunningContainer>;
  /** Removes what an earlier runner of this owner started and did not see the end of. */
  removeLeftovers?(owner: string): Promise<void>;
}

/** A container that can never be started as it is: `reason` is what its status says while it waits. */
export class ContainerRefused extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}
