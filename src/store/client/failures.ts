/** Why a report did not arrive, in words that name the URL and the cause. */
import { messageOf, ScanLinkError } from '../../lib/errors.ts';

/** Codes of Node, of its TLS and of OpenSSL, in words. Names come from the URL, so that no secret can be in them. */
const causes: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its host name is not known (DNS)',
  EAI_AGAIN: 'its host name cannot be looked up now (DNS)',
  ECONNREFUSED: 'connection refused: nothing listens there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  EHOSTUNREACH: 'there is no route to its host',
  ENETUNREACH: 'there is no route to its network',
  ETIMEDOUT: 'it did not answer in time',
  SELF_SIGNED_CERT_IN_CHAIN:
    'TLS: its certificate is signed by an unknown authority; check metadataStore.caSecret',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'TLS: its certificate is signed by an unknown authority; check metadataStore.caSecret',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'TLS: its certificate is signed by an unknown authority; check metadataStore.caSecret',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'TLS: its certificate is signed by itself, and not by the authority of metadataStore.caSecret',
  CERT_SIGNATURE_FAILURE: 'TLS: its certificate is not signed by the authority of metadataStore.caSecret',
  CERT_HAS_EXPIRED: 'TLS: its certificate has expired',
  CERT_NOT_YET_VALID: 'TLS: its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS: its certificate is for another host name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'TLS: it does not speak TLS at this port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'TLS: it does not speak TLS at this port',
  EPROTO: 'TLS: the handshake failed',
};

/** A connection that failed, whatever the reason. */
export function unreachable(url: string, error: unknown): ScanLinkError {
  const code = codeOf(error);
  const why = causes[code] ?? messageOf(error);
  return new ScanLinkError(`${url}: ${why}`, { code: 'StoreUnreachable', retry: 'retryable', cause: error });
}

function codeOf(error: unknown): string {
  // Several addresses of one name that all failed come as one error.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return first instanceof Error && 'code' in first ? String(first.code) : '';
}

/** An answer that is no acknowledgement. */
export function refusal(url: string, status: number, body: string): ScanLinkError {
  const said = wordsOf(body);
  const what = statusWords[status] ?? (status >= 500 ? 'the store failed' : 'the store refused the report');
  const code =
    status === 401 || status === 403
      ? 'StoreUnauthorized'
      : status >= 500 || status === 408 || status === 429
        ? 'StoreUnreachable'
        : 'StoreRefused';
  const message = `${url}: ${status} ${what}${said === '' ? '' : `: ${said}`}`;
  return new ScanLinkError(message, { code, retry: 'retryable' });
}

const statusWords: Readonly<Record<number, string>> = {
  401: 'the token is not accepted; check metadataStore.authSecret',
  403: 'the token may not write',
  404: 'there is no metadata store at this URL',
  413: 'the report is larger than the store takes',
};

/** What the store itself says: of an ErrorMessage or a problem its text, and of anything else nothing. */
function wordsOf(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return '';
    const text = 'detail' in value ? value.detail : 'Message' in value ? value.Message : undefined;
    return typeof text === 'string' ? text.slice(0, 300) : '';
  } catch {
    return '';
  }
}
