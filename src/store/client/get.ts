/** Asks a store one question over HTTP. */
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { ScanLinkError } from '../../lib/errors.ts';
import { refusal, unreachable } from './failures.ts';

/** Answers have no pages in the earlier API, but they have an end. */
const largest = 256 * 1024 * 1024;

/** @throws ScanLinkError as `sendReport`, and `NotFound` */
export function getJson(options: {
  url: string;
  path: string;
  ca?: string;
  token?: string;
}): Promise<unknown> {
  const { ca, token, path } = options;
  const base = options.url.replace(/\/+$/, '');
  const get = base.startsWith('https:') ? httpsGet : httpGet;
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const asked = get(base + path, { ca, agent: false, headers, timeout: 60_000 }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > largest) response.destroy(new Error('the answer is too large'));
        chunks.push(chunk);
      });
      response.on('error', (error) => reject(unreachable(base, error)));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const status = response.statusCode ?? 0;
        if (status === 200) return resolve(JSON.parse(text));
        const failure = refusal(base, status, text);
        if (status !== 404) return reject(failure);
        reject(new ScanLinkError(`${base}: not found`, { code: 'NotFound', cause: failure }));
      });
    });
    asked.on('timeout', () => asked.destroy(new Error('it did not answer in time')));
    asked.on('error', (error) => reject(unreachable(base, error)));
  });
}
