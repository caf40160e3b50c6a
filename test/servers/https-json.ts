import { request, type Agent } from 'node:https';

export type JsonAnswer = { status: number; body: unknown };

/** One HTTPS request with a JSON body and answer (an answer that is no JSON is given as text). */
export function httpsJson(
  url: string,
  tls: { ca: string; cert: string; key: string; agent?: Agent },
  method = 'GET',
  body?: unknown,
): Promise<JsonAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json', ...contentType(method, body) };
    const call = request(url, { method, headers, timeout: 30_000, ...tls }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parse(text) }));
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error(`no answer from ${url} in 30 s`)));
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function contentType(method: string, body: unknown): Record<string, string> {
  if (body === undefined) return {};
  return { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
