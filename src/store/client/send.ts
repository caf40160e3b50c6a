/** Sends one report to a store over HTTP. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ScanLinkError } from '../../lib/errors.ts';
import { writeCycloneDx } from '../../report/index.ts';
import type { Report } from '../../report/model.ts';
import type { ArtifactRef } from '../db/artifact.ts';
import { queryOf } from './artifact.ts';
import { refusal, unreachable } from './failures.ts';
import { legacyBody } from './legacy-body.ts';

export interface SendOptions {
  /** Of the store, with or without a slash at its end. */
  readonly url: string;
  /** PEM; the machine's own authorities without it. */
  readonly ca?: string;
  readonly token?: string;
  readonly artifact: ArtifactRef;
  readonly report: Report;
  readonly scan?: { readonly namespace: string; readonly name: string };
  readonly signal?: AbortSignal;
  /** For all of it; 60 s without it. */
  readonly timeoutMs?: number;
}

export interface SentReport {
  /** Finds exactly this artifact. */
  readonly metadataUrl: string;
}

const compress = promisify(gzip);

/**
 * Resolves when the store has acknowledged it. A store of the earlier API, which takes no documents, is sent its own
 * models instead. Sending again changes nothing.
 * @throws ScanLinkError `StoreUnreachable`, `StoreUnauthorized` or `StoreRefused`, which names the URL and the cause;
 * what `signal` was aborted with
 */
export async function sendReport(options: SendOptions): Promise<SentReport> {
  const { artifact, report, scan } = options;
  const base = options.url.replace(/\/+$/, '');
  const { kind, ...parts } = artifact;
  const query = new URLSearchParams({
    kind,
    ...parts,
    ...(scan && { scan: scan.name, namespace: scan.namespace }),
  });
  const document = await compress([...writeCycloneDx(report, { version: '1.6' })].join(''));
  const sent = await post(options, `${base}/api/v2/reports?${query.toString()}`, document, {
    'content-type': 'application/vnd.cyclonedx+json',
    'content-encoding': 'gzip',
  });
  if (isMissing(sent.status)) await sendLegacy(options, base);
  else if (!isDone(sent.status)) throw refusal(base, sent.status, sent.body);
  return { metadataUrl: base + queryOf(artifact) };
}

/** How a server says that it has no such path, or that this path takes no such thing. */
const isMissing = (status: number): boolean => status === 404 || status === 405;
const isDone = (status: number): boolean => status >= 200 && status < 300;

async function sendLegacy(options: SendOptions, base: string): Promise<void> {
  const path = options.artifact.kind === 'image' ? '/api/imageReport' : '/api/sourceReport';
  const body = Buffer.from(JSON.stringify(legacyBody(options.artifact, options.report)));
  const sent = await post(options, base + path, body, { 'content-type': 'application/json' });
  if (!isDone(sent.status)) throw refusal(base, sent.status, sent.body);
}

const longestAnswer = 16 * 1024;

function post(
  options: SendOptions,
  url: string,
  body: Uint8Array,
  headers: Record<string, string>,
): Promise<{ status: number; body: string }> {
  const { ca, token, signal, timeoutMs = 60_000 } = options;
  const shown = options.url.replace(/\/+$/, '');
  const timeout = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      if (signal?.aborted) reject(signal.reason as Error);
      else if (timeout.aborted) reject(tooSlow(shown, timeoutMs, error));
      else reject(unreachable(shown, error));
    };
    const open = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = open(
      url,
      {
        method: 'POST',
        ca,
        // A token must not be sent on over a connection that another authority's certificate was accepted for.
        agent: false,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        headers: {
          ...headers,
          'content-length': body.length,
          accept: 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          if (text.length < longestAnswer) text += chunk;
        });
        response.on('error', fail);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on('close', () => fail(new Error('the answer was cut')));
      },
    );
    request.on('error', fail);
    request.end(body);
  });
}

function tooSlow(url: string, ms: number, cause: unknown): ScanLinkError {
  return new ScanLinkError(`${url}: it did not answer within ${ms / 1000} s`, {
    code: 'StoreUnreachable',
    retry: 'retryable',
    cause,
  });
}
