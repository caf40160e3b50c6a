// providers.aws.sign_req: AWS Signature Version 4; and http.send, which checks its operand and goes nowhere.
import { encodeUtf8, hexEncode } from './bytes.ts';
import { civil } from './time-civil.ts';
import { keyText, toJson } from '../json.ts';
import { asInteger, isNum } from '../number.ts';
import { compareStrings, RegoObject, RegoSet } from '../value.ts';
import { OperandError, type BuiltinFn } from './context.ts';
import { checkRequest } from './http-request.ts';
import { digest, hmac } from './node-crypto.ts';
import { fail, numberAt, objectAt, wrongType } from './operands.ts';
import { regoText } from './text.ts';
import { parseUri } from './uri.ts';
import type { Value } from '../types.ts';

export const aws: Readonly<Record<string, BuiltinFn>> = {
  'http.send': (_, request = null) => {
    checkRequest(request, 1);
    return fail('not available: policies reach no network here');
  },
  'providers.aws.sign_req': (_, request = null, config = null, time = null) =>
    signRequest(objectAt(request, 1), objectAt(config, 1), numberAt(time, 1)),
};

const CONFIG = ['aws_access_key', 'aws_region', 'aws_secret_access_key', 'aws_service'];
/** Headers that proxies change are not signed. */
const UNSIGNED = new Set(['authorization', 'user-agent', 'x-amzn-trace-id']);

function textAt(object: RegoObject, key: string): string {
  const value = object.get(key);
  return typeof value === 'string' ? value : '';
}

function checkConfig(config: RegoObject): void {
  const missing = RegoSet.from(CONFIG.filter((key) => !config.has(key)));
  if (missing.size > 0)
    throw new OperandError(`operand 2 missing required AWS config parameters(s): ${regoText(missing)}`);
  const wrong = RegoSet.from(CONFIG.filter((key) => typeof config.get(key) !== 'string'));
  if (wrong.size > 0)
    throw new OperandError(
      `operand 2 invalid values for required AWS config parameters(s): ${regoText(wrong)}`,
    );
}

function signRequest(request: RegoObject, config: RegoObject, time: Value): Value {
  checkConfig(config);
  const nanos = isNum(time) ? asInteger(time) : undefined;
  if (nanos === undefined || BigInt.asIntN(64, nanos) !== nanos)
    throw new OperandError('operand 3 could not convert time_ns value into a unix timestamp');
  checkRequest(request, 1);
  const wrong = RegoSet.from(['url', 'method'].filter((key) => typeof request.get(key) !== 'string'));
  const headers = request.get('headers');
  if (headers !== undefined && !(headers instanceof RegoObject)) throw wrongType(0, headers, 'object');
  if (wrong.size > 0)
    throw new OperandError(`operand 1 invalid values for required request parameters(s): ${regoText(wrong)}`);
  const unsigned = config.get('disable_payload_signing');
  if (unsigned !== undefined && typeof unsigned !== 'boolean')
    throw new OperandError("operand 2 invalid value for 'disable_payload_signing' in AWS config");
  const given = new Map(
    [...(headers?.entries() ?? [])].map(([key, value]) => [
      keyText(key),
      typeof value === 'string' ? value : '',
    ]),
  );
  const hash = unsigned === true ? 'UNSIGNED-PAYLOAD' : hexEncode(digest('sha256', bodyOf(request)));
  const signed = sign(request, config, given, hash, Number(nanos / 1_000_000_000n));
  const result = request.copy();
  result.set('headers', RegoObject.from([...given, ...signed]));
  return result;
}

function bodyOf(request: RegoObject): Uint8Array {
  if (request.has('raw_body')) return encodeUtf8(textAt(request, 'raw_body'));
  const body = request.get('body');
  return body === undefined ? new Uint8Array() : encodeUtf8(toJson(body));
}

function sign(
  request: RegoObject,
  config: RegoObject,
  given: ReadonlyMap<string, string>,
  hash: string,
  seconds: number,
): Map<string, string> {
  const { day, stamp } = times(seconds);
  const [service, region, key] = [
    textAt(config, 'aws_service'),
    textAt(config, 'aws_region'),
    textAt(config, 'aws_access_key'),
  ];
  const url = parseUri(textAt(request, 'url'));
  const port = textAt(url, 'port');
  const own = new Map([
    ['host', textAt(url, 'hostname') + (port === '' ? '' : `:${port}`)],
    ['x-amz-date', stamp],
  ]);
  if (service === 's3' || service === 'glacier') own.set('x-amz-content-sha256', hash);
  const token = textAt(config, 'aws_session_token');
  if (token !== '') own.set('x-amz-security-token', token);
  const toSign = new Map(own);
  for (const [name, value] of given)
    if (!UNSIGNED.has(name.toLowerCase())) toSign.set(name.toLowerCase(), value);
  const names = [...toSign.keys()].sort(compareStrings);
  const list = names.join(';');
  const canonical = [
    textAt(request, 'method'),
    textAt(url, 'raw_path'),
    textAt(url, 'raw_query'),
    ...names.map((name) => `${name}:${toSign.get(name) ?? ''}`),
    '',
    list,
    hash,
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${hexEncode(digest('sha256', encodeUtf8(canonical)))}`;
  const signingKey = [day, region, service, 'aws4_request'].reduce<Uint8Array>(
    (secret, part) => hmac('sha256', secret, encodeUtf8(part)),
    encodeUtf8(`AWS4${textAt(config, 'aws_secret_access_key')}`),
  );
  const signature = hexEncode(hmac('sha256', signingKey, encodeUtf8(text)));
  own.set(
    'Authorization',
    `AWS4-HMAC-SHA256 Credential=${key}/${scope},SignedHeaders=${list},Signature=${signature}`,
  );
  return own;
}

function times(seconds: number): { day: string; stamp: string } {
  const at = civil(seconds, 0);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${String(at.year).padStart(4, '0')}${two(at.month)}${two(at.day)}`;
  return { day, stamp: `${day}T${two(at.hour)}${two(at.minute)}${two(at.second)}Z` };
}
