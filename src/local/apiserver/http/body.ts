/** Request bodies: bounded, and read as JSON, YAML or the protobuf that kubectl sends for a few kinds. */
import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../../lib/errors.ts';
import { badRequest, tooLarge, unsupportedMediaType } from '../api-error.ts';
import { decodeProtobuf } from '../protobuf/envelope.ts';
import { scanText } from '../schema/text-scan.ts';
import type { Json } from '../types.ts';
import type { Sent } from '../write/decode.ts';

export const maxBody = 3 * 1024 * 1024;
/** Deeper than any real object, and shallow enough for code that walks recursively. */
export const maxDepth = 100;

/** The whole body. @throws ApiError 413 past the bound */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > maxBody) throw tooLarge(maxBody);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw tooLarge(maxBody);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

export const mediaTypeOf = (request: IncomingMessage): string =>
  (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';

const protobuf = 'application/vnd.kubernetes.protobuf';

/** An object in any of the forms that clients send. @throws ApiError 400, 415 */
export async function parseObject(body: Buffer, mediaType: string, wantDuplicates: boolean): Promise<Sent> {
  if (body.length === 0) throw badRequest('the request has no body');
  if (mediaType === protobuf || body.subarray(0, 4).toString('latin1') === 'k8s\0')
    return { body: decodeProtobuf(body), duplicates: [] };
  if (mediaType === 'application/json') return parseJson(body.toString('utf8'), wantDuplicates);
  if (mediaType === 'application/yaml') return parseYaml(body.toString('utf8'));
  throw unsupportedMediaType(['application/json', 'application/yaml', protobuf]);
}

/** @throws ApiError 400 */
export function parseJson(text: string, wantDuplicates: boolean): Sent {
  const scan = scanText(text, maxDepth, wantDuplicates);
  if (scan.tooDeep) throw badRequest(`the request body is nested deeper than ${maxDepth} levels`);
  try {
    return { body: JSON.parse(text) as Json, duplicates: scan.duplicates };
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized: couldn't get version/kind; json parse error: ${messageOf(error)} (${text.slice(0, 100)})`,
    );
  }
}

/** JSON is tried first: it is what kubectl sends under the name of YAML. @throws ApiError 400 */
export async function parseYaml(text: string): Promise<Sent> {
  if (/^\s*[{[]/.test(text)) {
    const scan = scanText(text, maxDepth, false);
    if (scan.tooDeep) throw badRequest(`the request body is nested deeper than ${maxDepth} levels`);
    try {
      return { body: JSON.parse(text) as Json, duplicates: scanText(text, maxDepth, true).duplicates };
    } catch {
      // Flow style that is no JSON: YAML after all.
    }
  }
  const { parse } = await import('yaml');
  try {
    const body = JSON.stringify(parse(text, { maxAliasCount: 100, merge: true, uniqueKeys: true }) ?? null);
    if (body.length > maxBody) throw tooLarge(maxBody);
    return parseJson(body, false);
  } catch (error) {
    throw badRequest(`error decoding YAML: ${messageOf(error)}`);
  }
}
