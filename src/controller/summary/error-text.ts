/** What a condition's `error` shows of a failure. */
import { maskSecrets } from '../../telemetry/mask.ts';
import { cutEnd } from '../text.ts';

/** Enough for a sentence and the last lines of a log; a status has three errors at most, and 8 KiB in all. */
const longest = 1536;

export function errorText(message: string): string {
  return cutEnd(maskSecrets(message.replaceAll('\0', '').trim()), longest);
}
