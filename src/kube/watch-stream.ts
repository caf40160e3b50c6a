import type { IncomingMessage } from 'node:http';
import type { Clock } from '../lib/clock.ts';
import { KubeError } from './errors.ts';
import { LineSplitter } from './lines.ts';
import type { KubeObject, WatchEvent } from './objects.ts';
import { aborted, connectionError } from './transport.ts';

export interface WatchStreamOptions {
  readonly path: string;
  readonly maxLineBytes: number;
  /** With not a byte for so long the connection is taken for dead: bookmarks come about once a minute. */
  readonly silenceMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/**
 * The events of a watch's body, as they come. Ends when the server ends the watch.
 * @throws KubeError `Unreachable` when cut (also inside a line), `ClientTimeout` when silent, `InvalidResponse` for
 * a line that is no event, `Aborted` by the signal
 */
export async function* readEvents<T extends KubeObject>(
  response: IncomingMessage,
  options: WatchStreamOptions,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const { path, maxLineBytes, silenceMs, clock, signal } = options;
  const lines = new LineSplitter(maxLineBytes);
  const silent = new KubeError(`the watch ${path} was silent for ${silenceMs / 1000} s`, {
    reason: 'ClientTimeout',
  });
  let cancelTimer = (): void => {};
  const listen = (): void => {
    cancelTimer();
    cancelTimer = clock.after(silenceMs, () => response.destroy(silent));
  };
  const onAbort = (): void => void response.destroy(aborted('WATCH', path, signal));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  listen();
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      // A slow reader is not a silent server: the time runs only while we wait for bytes.
      cancelTimer();
      for (const line of lines.push(chunk)) yield parseEvent<T>(line, path);
      listen();
    }
  } catch (error) {
    throw connectionError(error, 'WATCH', path);
  } finally {
    cancelTimer();
    signal?.removeEventListener('abort', onAbort);
    response.destroy();
  }
  if (lines.pending > 0) {
    throw new KubeError(`the watch ${path} ended inside an event`, { reason: 'Unreachable' });
  }
}

const types = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

function parseEvent<T extends KubeObject>(line: string, path: string): WatchEvent<T> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw new KubeError(`the watch ${path} sent a line that is no JSON`, {
      reason: 'InvalidResponse',
      cause: error,
    });
  }
  const event = json as { type?: unknown; object?: unknown } | null;
  if (typeof event?.type !== 'string' || !types.has(event.type) || typeof event.object !== 'object') {
    throw new KubeError(`the watch ${path} sent a line that is no event`, { reason: 'InvalidResponse' });
  }
  return json as WatchEvent<T>;
}
