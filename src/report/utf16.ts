/** UTF-16, which XML may come in, as UTF-8. */
import { reportFailure } from './failures.ts';

/** The encoding that a stream's first bytes tell: a byte order mark, or `<` in two bytes. */
export function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first === 0x3c && second === 0x00) return 'utf-16le';
  if (first === 0x00 && second === 0x3c) return 'utf-16be';
  return undefined;
}

/** The same text in UTF-8. Throws `ReportInvalid` for what is no UTF-16. */
export async function* utf16AsUtf8(
  source: AsyncIterable<Uint8Array>,
  encoding: 'utf-16le' | 'utf-16be',
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let before = 0;
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch (error) {
      throw reportFailure(
        'ReportInvalid',
        `the report is not valid UTF-16 after byte ${before}`,
        undefined,
        error,
      );
    }
  };
  for await (const chunk of source) {
    yield Buffer.from(decode(chunk));
    before += chunk.length;
  }
  yield Buffer.from(decode());
}
