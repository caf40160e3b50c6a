import { expect, test } from 'vitest';
import { maskSecrets } from './mask.ts';

test.each([
  ['a URL with a password', 'clone https://me:hunter2@example.test/r.git', 'hunter2'],
  ['a URL with a token', 'clone https://x0123456789abcdef0123@example.test/r.git', 'x0123456789abcdef0123'],
  ['a bearer token', 'Authorization: Bearer abcdef0123456789', 'abcdef0123456789'],
  ['a basic header in JSON', '{"Authorization":"Basic dXNlcjpwYXNz"}', 'dXNlcjpwYXNz'],
  ['a variable', 'REGISTRY_PASSWORD=hunter2 docker login', 'hunter2'],
  ['a JSON field', '{"api_key": "abc123"}', 'abc123'],
  ['a JSON web token', 'got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', 'eyJzdWIiOiIxIn0'],
  [
    'a private key',
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA\n-----END OPENSSH PRIVATE KEY-----',
    'b3BlbnNzaA',
  ],
  ['half a private key', 'x\n-----BEGIN PRIVATE KEY-----\nb3BlbnNzaA', 'b3BlbnNzaA'],
])('hides %s', (_, text, secret) => {
  expect(text).toContain(secret);
  expect(maskSecrets(text)).not.toContain(secret);
});

test.each([
  'fatal: repository https://example.test/r.git not found',
  'ssh://git@example.test/r: Permission denied (publickey)',
  'git@example.test:r.git: Host key verification failed.',
  'image registry.test/app@sha256:0123456789abcdef cannot be pulled',
  'Secret "key" has no key ssh-privatekey',
])('leaves alone: %s', (text) => {
  expect(maskSecrets(text)).toBe(text);
});

test('takes time that grows with the text only', () => {
  const text = 'https://'.repeat(20_000) + 'password '.repeat(20_000);
  const started = performance.now();
  maskSecrets(text);
  expect(performance.now() - started).toBeLessThan(2000);
});
