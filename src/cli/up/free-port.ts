import { ScanLinkError } from '../../lib/errors.ts';

/** How many ports beyond the wanted one are tried. */
const tries = 100;

/**
 * Calls `listen` with `port`, and with the next ones while it rejects with the code `PortTaken`.
 * @throws what `listen` throws, and its last refusal when no port was free
 */
export async function onFreePort<T>(port: number, listen: (port: number) => Promise<T>): Promise<T> {
  for (let next = port; ; next++) {
    try {
      return await listen(next);
    } catch (error) {
      const taken = error instanceof ScanLinkError && error.code === 'PortTaken';
      if (!taken || next >= port + tries || next >= 65_535) throw error;
    }
  }
}
