// Request objects, as http.send and providers.aws.sign_req take them.
import { RegoSet, type RegoObject } from '../value.ts';
import { OperandError } from './context.ts';
import { objectAt } from './operands.ts';
import { regoText } from './text.ts';
import type { Value } from '../types.ts';

const REQUIRED = ['method', 'url'];
const ALLOWED = new Set(
  `method url body enable_redirect force_json_decode force_yaml_decode headers raw_body tls_use_system_certs tls_ca_cert
  tls_ca_cert_file tls_ca_cert_env_variable tls_client_cert tls_client_cert_file tls_client_cert_env_variable
  tls_client_key tls_client_key_file tls_client_key_env_variable tls_insecure_skip_verify tls_server_name timeout cache
  force_cache force_cache_duration_seconds raise_error caching_mode max_retry_attempts cache_ignored_headers`.split(
    /\s+/,
  ),
);

export function checkRequest(value: Value, position: number): RegoObject {
  const request = objectAt(value, position);
  const unknown = RegoSet.from(request.keys().filter((key) => typeof key !== 'string' || !ALLOWED.has(key)));
  if (unknown.size > 0)
    throw new OperandError(`operand ${position} invalid request parameters(s): ${regoText(unknown)}`);
  const missing = RegoSet.from(REQUIRED.filter((key) => !request.has(key)));
  if (missing.size > 0)
    throw new OperandError(
      `operand ${position} missing required request parameters(s): ${regoText(missing)}`,
    );
  return request;
}
