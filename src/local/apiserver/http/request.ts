/** One request as the handlers see it, and the ways to answer it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Status } from '../../../kube/objects.ts';
import type { ApiError } from '../api-error.ts';

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

export interface Context {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly user: User | undefined;
  /** Texts for Warning headers. */
  readonly warnings: string[];
}

/**
 * Who the client certificate says it is: CN is the user, O are the groups. Whoever holds a certificate of our
 * authority may do everything: the authority is the data folder's owner, and only the runner, the controller and the
 * person at the machine are given one.
 */
export function userOf(request: IncomingMessage): User | undefined {
  const socket = request.socket as TLSSocket;
  if (!socket.authorized) return undefined;
  const known = users.get(socket);
  if (known) return known;
  const user = certificateUser(socket);
  users.set(socket, user);
  return user;
}

const users = new WeakMap<TLSSocket, User>();

function certificateUser(socket: TLSSocket): User {
  const { subject } = socket.getPeerCertificate();
  const groups = subject.O;
  return {
    name: String(subject.CN),
    groups: [...(Array.isArray(groups) ? groups : groups ? [groups] : []), 'system:authenticated'],
  };
}

function warningHeaders(context: Context): Record<string, string[]> {
  const texts = [...new Set(context.warnings)].slice(0, 50);
  if (texts.length === 0) return {};
  return {
    Warning: texts.map((text) =>
      `299 - ${JSON.stringify(text.replaceAll(/[\r\n]+/g, ' '))}`.replaceAll(/[^\x20-\x7e]/g, '?'),
    ),
  };
}

/** Answers with bytes of another kind than JSON. */
export function sendBytes(context: Context, bytes: Uint8Array, contentType: string): void {
  context.response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': bytes.length });
  context.response.end(bytes);
}

/** Answers with JSON text. */
export function sendText(
  context: Context,
  code: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  const { response } = context;
  if (response.headersSent || response.destroyed) return;
  response.writeHead(code, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-cache, private',
    ...warningHeaders(context),
    ...headers,
  });
  // Text, not bytes: Node then sends head and body in one piece.
  response.end(context.method === 'HEAD' ? undefined : text);
}

export function sendJson(
  context: Context,
  code: number,
  value: unknown,
  headers?: Record<string, string>,
): void {
  sendText(context, code, JSON.stringify(value), headers);
}

export function sendError(context: Context, error: ApiError): void {
  sendJson(context, error.code, error.status, error.headers);
}

export function successStatus(details: Status['details']): Status {
  return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success', details };
}

/** Headers of an answer that goes on, such as a watch. */
export function startStream(context: Context, contentType: string): void {
  context.response.writeHead(200, {
    'Content-Type': contentType,
    'Cache-Control': 'no-cache, private',
    ...warningHeaders(context),
  });
  context.response.flushHeaders();
}

/** A query parameter that is a whole number from 0. */
export function numberParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export const flag = (query: URLSearchParams, name: string): boolean =>
  query.has(name) && !['false', '0'].includes(query.get(name) ?? '');
