/** The controller as its own process, so that killing it is real. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/scanlink.mjs', import.meta.url));

export interface ControllerProcess {
  /** Kills it at once and starts it again on the same folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts `scanlink controller` with short waits.
 * @param kubeconfig who it is
 * @param reports the folder that outlives it
 */
export function startControllerProcess(kubeconfig: string, reports: string): ControllerProcess {
  let child = start();

  function start(): ChildProcess {
    return spawn(process.execPath, [program, 'controller', '--kubeconfig', kubeconfig], {
      env: {
        PATH: process.env['PATH'],
        HOME: reports,
        SCANLINK_METADATA_STORE_URL: '',
        SCANLINK_LEADER_ELECTION: 'false',
        SCANLINK_TELEMETRY_PORT: '0',
        SCANLINK_REPORTS_DIR: reports,
        SCANLINK_JOB_START_TIMEOUT_SECONDS: '2',
        SCANLINK_POLICY_TIMEOUT_SECONDS: '12',
        SCANLINK_POLICY_MEMORY_MIB: '64',
        SCANLINK_LOG_LEVEL: process.env['SCANLINK_LOG_LEVEL'] ?? 'error',
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  return {
    async restart() {
      await end('SIGKILL');
      child = start();
    },
    stop: () => end('SIGTERM'),
  };
}
